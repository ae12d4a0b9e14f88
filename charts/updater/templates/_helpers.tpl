{{/* One name for all objects; a release called after the chart does not repeat it. */}}
{{- define "updater.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "updater.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "updater.labels" -}}
{{ include "updater.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* A file's text: a string is the text itself, anything else is written as YAML. */}}
{{- define "updater.text" -}}
{{- if kindIs "string" . }}{{ . }}{{ else }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{- define "updater.cacheClaim" -}}
{{- .Values.cache.existingClaim | default (printf "%s-cache" (include "updater.fullname" .)) -}}
{{- end -}}

{{/* What the config says under service, be it a mapping or a text. */}}
{{- define "updater.service" -}}
{{- $config := .Values.config -}}
{{- if kindIs "string" $config }}{{ $config = fromYaml $config }}{{ end -}}
{{- get $config "service" | default dict | toJson -}}
{{- end -}}

{{/* The port of the probes and of /metrics: their own, where the config gives them one. */}}
{{- define "updater.probePort" -}}
{{- if get (include "updater.service" . | fromJson) "metrics_listen" }}metrics{{ else }}http{{ end -}}
{{- end -}}

{{/* An example that is somebody else's repository would write there. */}}
{{- define "updater.checkConfig" -}}
{{- if not .Values.config -}}
{{- fail "config: nothing is written there: give instance, mode, repositories, registries, commit, environments and service as the README of the project has them, or a file: --set-file config=config/updater.yaml" -}}
{{- end -}}
{{- if not .Values.apps -}}
{{- fail "apps: none is written there: give one, with its images and environments, or a file: --set-file apps.shop=config/apps/shop.yaml" -}}
{{- end -}}
{{- end -}}

{{/* Listening elsewhere (the program's default is loopback), the pod would never be ready and nothing would say why. */}}
{{- define "updater.checkListen" -}}
{{- $service := include "updater.service" . | fromJson -}}
{{- $listen := get $service "listen" | default "127.0.0.1:8080" -}}
{{- if not (has $listen (list "0.0.0.0:8080" "[::]:8080")) -}}
{{- fail (printf "config: service.listen is %s, where the probes cannot reach it: write 0.0.0.0:8080" $listen) -}}
{{- end -}}
{{- $probes := get $service "metrics_listen" | default "0.0.0.0:8081" -}}
{{- if not (has $probes (list "0.0.0.0:8081" "[::]:8081")) -}}
{{- fail (printf "config: service.metrics_listen is %s, where the probes cannot reach it: write 0.0.0.0:8081" $probes) -}}
{{- end -}}
{{- end -}}
