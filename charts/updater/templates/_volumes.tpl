{{/* Where the process finds updater.yaml. */}}
{{- define "updater.configFolder" -}}
{{- if .Values.configVolume.name -}}
{{- printf "/etc/updater/%s" (.Values.configVolume.path | default "") | trimSuffix "/" -}}
{{- else -}}
/etc/updater
{{- end -}}
{{- end -}}

{{- define "updater.volumeMounts" -}}
- name: {{ .Values.configVolume.name | default "config" }}
  mountPath: /etc/updater
  readOnly: true
{{- if and .Values.existingConfigMaps.apps (not .Values.configVolume.name) }}
- name: apps
  mountPath: /etc/updater/apps # the kubelet makes the folder in the volume above
  readOnly: true
{{- end }}
- name: cache
  mountPath: /var/cache/updater
- name: tmp
  mountPath: /tmp
{{- range $index, $files := .Values.existingSecretFiles }}
- name: secret-{{ $index }}
  mountPath: {{ $files.mountPath | quote }}
  readOnly: true
{{- end }}
{{- if .Values.registryCredentials.secretName }}
- name: registry-credentials
  mountPath: {{ .Values.registryCredentials.mountPath | quote }}
  readOnly: true
{{- end }}
{{- if or .Values.caBundle.configMapName .Values.caBundle.secretName }}
- name: ca-bundle
  mountPath: {{ .Values.caBundle.mountPath | quote }}
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "updater.volumes" -}}
{{- if not .Values.configVolume.name }}
- name: config
  projected:
    sources:
      - configMap:
          name: {{ .Values.existingConfigMaps.config | default (include "updater.fullname" .) }}
          items:
            - key: updater.yaml
              path: updater.yaml
      {{- with .Values.apps }}
      - configMap:
          name: {{ include "updater.fullname" $ }}
          items:
            {{- range $name, $app := . }}
            - key: apps.{{ $name }}.yaml
              path: apps/{{ $name }}.yaml
            {{- end }}
      {{- end }}
{{- with .Values.existingConfigMaps.apps }}
- name: apps
  configMap:
    name: {{ . }}
{{- end }}
{{- end }}
- name: cache
  {{- if or .Values.cache.persistent .Values.cache.existingClaim }}
  persistentVolumeClaim:
    claimName: {{ include "updater.cacheClaim" . }}
  {{- else }}
  emptyDir:
    sizeLimit: {{ .Values.cache.size }}
  {{- end }}
- name: tmp
  emptyDir:
    sizeLimit: 256Mi
{{- range $index, $files := .Values.existingSecretFiles }}
- name: secret-{{ $index }}
  secret:
    secretName: {{ $files.secretName }}
    defaultMode: 288 # 0440: the pod's group may read
{{- end }}
{{- with .Values.registryCredentials.secretName }}
- name: registry-credentials
  secret:
    secretName: {{ . }}
    defaultMode: 288
    items:
      - key: .dockerconfigjson
        path: .dockerconfigjson
{{- end }}
{{- with .Values.caBundle.configMapName }}
- name: ca-bundle
  configMap:
    name: {{ . }}
    items:
      - key: {{ $.Values.caBundle.key }}
        path: {{ $.Values.caBundle.key }}
{{- end }}
{{- with .Values.caBundle.secretName }}
- name: ca-bundle
  secret:
    secretName: {{ . }}
    defaultMode: 288
    items:
      - key: {{ $.Values.caBundle.key }}
        path: {{ $.Values.caBundle.key }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
