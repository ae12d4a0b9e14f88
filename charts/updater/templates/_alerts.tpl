{{/* Which series are this updater's: `job` is the Service's name, or what its label says that the monitor names. */}}
{{- define "updater.selector" -}}
{{- $job := include "updater.fullname" . -}}
{{- with .Values.serviceMonitor.jobLabel -}}
{{- $job = get (include "updater.labels" (list $ $.Values.service.labels) | fromYaml) . | default $job -}}
{{- end -}}
{{- .Values.prometheusRule.selector | default (printf "namespace=%q,job=%q" .Release.Namespace $job) -}}
{{- end -}}

{{/*
Every alert, as a list. A page in docs/runbooks is called as each is. The namespace, the job and what an expression
counts by stand in the labels, so that no summary repeats them all.
*/}}
{{- define "updater.alerts" -}}
{{- $mine := include "updater.selector" . -}}
{{- $limits := .Values.prometheusRule.thresholds -}}
- alert: UpdaterDown
  expr: {{ printf "absent(updater_config_valid{%s})" $mine | quote }}
  for: 10m
  labels: {severity: critical}
  annotations:
    summary: No updater answers Prometheus.
    description: Nothing has served the updater's metrics for ten minutes, so nothing is promoted and no other alert of it can fire.
- alert: UpdaterPassesTooOld
  expr: {{ printf "time() - max by (namespace, job, repository) (updater_last_success_timestamp_seconds{%s}) > %d or (max by (namespace, job, repository) (updater_passes_total{%s,result=\"failed\"}) unless max by (namespace, job, repository) (updater_last_success_timestamp_seconds{%s}))" $mine (int64 $limits.lastSuccess) $mine $mine | quote }}
  for: 5m
  labels: {severity: critical}
  annotations:
    summary: {{ "No pass over {{ $labels.repository }} has succeeded lately." | quote }}
    description: {{ printf "The last pass over the deploy repository {{ $labels.repository }} that succeeded is more than %d seconds ago, or there was none since the start." (int64 $limits.lastSuccess) | quote }}
- alert: UpdaterNoPassBegins
  expr: {{ printf "min by (namespace, job) (updater_outage_timestamp_seconds{%s} > 0)" $mine | quote }}
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: A worker of the updater begins no pass.
    description: {{ "For want of its database a worker has begun no pass since {{ $value | humanizeTimestamp }}. Its page and its log say what the database answered; passes begin again by themselves." | quote }}
- alert: UpdaterReadingsFailing
  expr: {{ printf "sum by (namespace, job, port) (increase(updater_readings_failed_total{%s}[10m])) > 0" $mine | quote }}
  for: {{ $limits.readingsFailing }}
  labels: {severity: warning}
  annotations:
    summary: {{ "Readings of the {{ $labels.port }} keep failing." | quote }}
    description: {{ printf "For %s some reading of the {{ $labels.port }} has failed in every ten minutes: what could not be read is held." $limits.readingsFailing | quote }}
- alert: UpdaterRacesLost
  expr: {{ printf "sum by (namespace, job, repository) (increase(updater_lost_races_total{%s}[1h])) > %d" $mine (int64 $limits.lostRaces) | quote }}
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: {{ "Somebody else keeps pushing to {{ $labels.repository }} first." | quote }}
    description: {{ "In an hour {{ $value | printf \"%.0f\" }} pushes to the deploy repository {{ $labels.repository }} came too late. Nothing is lost; each costs a fetch and a push." | quote }}
- alert: UpdaterPullRequestWaits
  expr: {{ printf "time() - max by (namespace, job, environment) (updater_oldest_proposal_timestamp_seconds{%s}) > %d" $mine (int64 $limits.pullRequestWaits) | quote }}
  for: 15m
  labels: {severity: warning}
  annotations:
    summary: {{ "A pull request for {{ $labels.environment }} waits for a merge." | quote }}
    description: {{ "The oldest open pull request of the updater for {{ $labels.environment }} has been open for {{ $value | humanizeDuration }}." | quote }}
- alert: UpdaterRunningTagInTrouble
  expr: {{ printf "max by (namespace, job, environment, condition) (updater_conditions{%s}) > 0" $mine | quote }}
  for: 10m
  labels: {severity: warning}
  annotations:
    summary: {{ "Something is wrong with a tag that {{ $labels.environment }} runs: {{ $labels.condition }}." | quote }}
    description: {{ "The condition {{ $labels.condition }} is true of {{ $value }} apps in {{ $labels.environment }}. `updater status` and the page name them, with the command that helps." | quote }}
- alert: UpdaterConfigRejected
  expr: {{ printf "min by (namespace, job) (updater_config_valid{%s}) == 0" $mine | quote }}
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: The updater's config is broken, and the last good one stays.
    description: The files of the config have changed and are not valid. The next restart would fail.
- alert: UpdaterBudgetLow
  expr: {{ printf "min by (namespace, job, host) (updater_budget_remaining{%s}) < %d" $mine (int64 $limits.budget) | quote }}
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: {{ "{{ $labels.host }} soon answers no more." | quote }}
    description: {{ "{{ $labels.host }} allows {{ $value }} more requests before it turns the updater away." | quote }}
{{- end -}}
