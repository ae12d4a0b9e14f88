{{/* One name for all objects; a release called after the chart does not repeat it. A Service begins with a letter. */}}
{{- define "updater.fullname" -}}
{{- $release := .Release.Name | replace "." "-" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if not (regexMatch "^[a-z]" $release) -}}
{{- printf "%s-%s" .Chart.Name $release | trunc 63 | trimSuffix "-" -}}
{{- else if contains .Chart.Name $release -}}
{{- $release | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" $release .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The name of a second object of a kind: (list . "page"). */}}
{{- define "updater.secondName" -}}
{{- printf "%s-%s" (include "updater.fullname" (index . 0)) (index . 1) -}}
{{- end -}}

{{/* In somebody else's namespace, where two releases of one name may meet. */}}
{{- define "updater.roleName" -}}
{{- printf "%s-%s" .Release.Namespace (include "updater.fullname" .) -}}
{{- end -}}

{{- define "updater.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "updater.fullname" .) -}}
{{- else -}}
{{- required "serviceAccount.create is false, so serviceAccount.name has to name one that is there" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "updater.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "updater.ownLabels" -}}
{{ include "updater.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Labels of an object, our own above all: (list . further), or the root alone. */}}
{{- define "updater.labels" -}}
{{- $root := . -}}
{{- $further := dict -}}
{{- if kindIs "slice" . }}{{ $root = index . 0 }}{{ $further = index . 1 | default dict }}{{ end -}}
{{- $all := dict -}}
{{- range $each := list ($root.Values.commonLabels | default dict) $further (include "updater.ownLabels" $root | fromYaml) -}}
{{- range $key, $value := $each }}{{ $_ := set $all $key $value }}{{ end -}}
{{- end -}}
{{- toYaml $all -}}
{{- end -}}

{{/* `annotations:` of an object, if there are any: (list . further). */}}
{{- define "updater.annotations" -}}
{{- $root := index . 0 -}}
{{- $all := dict -}}
{{- range $each := list ($root.Values.commonAnnotations | default dict) (index . 1 | default dict) -}}
{{- range $key, $value := $each }}{{ $_ := set $all $key $value }}{{ end -}}
{{- end -}}
{{- with $all }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end -}}

{{/* A file's text: a string is the text itself, anything else is written as YAML. */}}
{{- define "updater.text" -}}
{{- if kindIs "string" . }}{{ . }}{{ else }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{- define "updater.cacheClaim" -}}
{{- .Values.cache.existingClaim | default (include "updater.secondName" (list . "cache")) -}}
{{- end -}}

{{/* The securityContext of each container: the profile `restricted`, and nothing to write to but its volumes. */}}
{{- define "updater.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* The securityContext of a pod. */}}
{{- define "updater.podSecurity" -}}
runAsNonRoot: true
{{- range $key := list "runAsUser" "runAsGroup" "fsGroup" }}
{{- with get $.Values.podSecurityContext $key }}
{{ $key }}: {{ . | int64 }}
{{- end }}
{{- end }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "updater.image" -}}
{{ .Values.image.repository }}{{ if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end -}}

{{/* Containers of the user's, each with that where its securityContext says nothing else. */}}
{{- define "updater.containers" -}}
{{- $all := list -}}
{{- range . -}}
{{- $security := include "updater.containerSecurity" . | fromYaml -}}
{{- range $key, $value := .securityContext | default dict }}{{ $_ := set $security $key $value }}{{ end -}}
{{- $all = append $all (set (deepCopy .) "securityContext" $security) -}}
{{- end -}}
{{- toYaml $all -}}
{{- end -}}

{{/* Constraints, each about this release's pod where it names none: without a selector one is about no pod at all. */}}
{{- define "updater.spread" -}}
{{- $own := dict "labelSelector" (dict "matchLabels" (include "updater.selectorLabels" (index . 0) | fromYaml)) -}}
{{- $all := list -}}
{{- range index . 1 }}{{ $all = append $all (hasKey . "labelSelector" | ternary . (merge (deepCopy .) $own)) }}{{ end -}}
{{- toYaml $all -}}
{{- end -}}

{{- define "updater.caFile" -}}
{{- printf "%s/%s" .Values.caBundle.mountPath .Values.caBundle.key -}}
{{- end -}}

{{- define "updater.dockerConfig" -}}
{{- printf "%s/.dockerconfigjson" .Values.registryCredentials.mountPath -}}
{{- end -}}
