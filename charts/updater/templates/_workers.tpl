{{/* What belongs to workers that share the work through PostgreSQL, and to nothing else. */}}

{{/* "true" where it does. Values of an earlier chart, which --reuse-values keeps, have no `workers`. */}}
{{- define "updater.hasWorkers" -}}
{{- if (.Values.workers | default dict).enabled }}true{{ end -}}
{{- end -}}

{{/* The variable with the database's address: as the config names it, where that can be read. */}}
{{- define "updater.dsnEnv" -}}
{{- $engine := dict -}}
{{- if include "updater.readsConfig" . -}}
{{- $config := include "updater.config" . | fromJson -}}
{{- $engine = include "updater.section" (list (include "updater.section" (list $config "engine") | fromJson) "procrastinate") | fromJson -}}
{{- end -}}
{{- (.Values.workers | default dict).dsnEnv | default (get $engine "dsn_env") -}}
{{- end -}}

{{/* None of what the Service, the budget and the network policy select by: this pod is no worker. */}}
{{- define "updater.migrationLabels" -}}
{{- $own := include "updater.ownLabels" . | fromYaml -}}
{{- $_ := set $own "app.kubernetes.io/name" (printf "%s-migration" .Chart.Name) -}}
{{- toYaml (merge $own (deepCopy (.Values.commonLabels | default dict))) -}}
{{- end -}}

{{- define "updater.checkWorkers" -}}
{{- $root := index . 0 -}}
{{- $config := index . 1 -}}
{{- $shared := get (include "updater.section" (list $config "engine") | fromJson) "procrastinate" -}}
{{- if and (include "updater.hasWorkers" $root) (not $shared) -}}
{{- fail "workers.enabled: the config has no engine.procrastinate, so there is nobody to share with: write engine: {procrastinate: {dsn_env: UPDATER_DSN}}" -}}
{{- end -}}
{{- if and $shared (not (include "updater.hasWorkers" $root)) -}}
{{- fail "config: engine.procrastinate is for workers, and workers.enabled is false: set it, or leave the engine out" -}}
{{- end -}}
{{- end -}}

{{- define "updater.checkWorkerPods" -}}
{{- if include "updater.hasWorkers" . -}}
{{- if not (hasKey .Values.workers "migrate") -}}
{{- fail "workers.migrate: neither true nor false is written there: these values are of an earlier chart, so upgrade with --reset-then-reuse-values in place of --reuse-values, or write it" -}}
{{- end -}}
{{- if or .Values.cache.persistent .Values.cache.existingClaim -}}
{{- fail "workers.enabled: each worker needs a cache of its own: leave out cache.persistent and cache.existingClaim, which are for one pod" -}}
{{- end -}}
{{- if and .Values.workers.migrate (not (include "updater.dsnEnv" .)) -}}
{{- fail "workers.migrate: nobody says which variable has the address of the database: name it as workers.dsnEnv, or take workers.migrate away and run `updater worker --migrate` yourself" -}}
{{- end -}}
{{- end -}}
{{- end -}}
