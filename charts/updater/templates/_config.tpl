{{/* What can be read of the config, and whether it and the other values agree. */}}

{{/* The config as a mapping, be it one or a text; empty where it comes from elsewhere. */}}
{{- define "updater.config" -}}
{{- $config := .Values.config | default dict -}}
{{- if kindIs "string" $config -}}
{{- $config = fromYaml $config | default dict -}}
{{- if and (hasKey $config "Error") (eq (len $config) 1) -}}
{{- fail (printf "config: this text is no YAML mapping: %s" $config.Error) -}}
{{- end -}}
{{- end -}}
{{- toJson $config -}}
{{- end -}}

{{/* A mapping of the config, empty where it has none: (list config key). */}}
{{- define "updater.section" -}}
{{- $found := get (index . 0) (index . 1) -}}
{{- if not (or (kindIs "map" $found) (kindIs "invalid" $found) (eq ($found | toString) "")) -}}
{{- fail (printf "config: %s is no mapping: write it as the README of the project has it" (index . 1)) -}}
{{- end -}}
{{- $found | default dict | toJson -}}
{{- end -}}

{{/* All apps as one list: each value may be one, a list of them, or a text of either. */}}
{{- define "updater.appList" -}}
{{- $all := list -}}
{{- range $name, $app := .Values.apps | default dict -}}
{{- if kindIs "string" $app -}}
{{- $text := $app -}}
{{- $app = fromYaml $text -}}
{{- if and (hasKey $app "Error") (eq (len $app) 1) }}{{ $app = fromYamlArray $text }}{{ end -}}
{{- end -}}
{{- if kindIs "slice" $app }}{{ $all = concat $all $app }}{{ else }}{{ $all = append $all $app }}{{ end -}}
{{- end -}}
{{- toJson $all -}}
{{- end -}}

{{/* Values of the keys that end so, at any depth: (dict "in" … "ends" "_env"), a list as JSON. */}}
{{- define "updater.named" -}}
{{- $ends := .ends -}}
{{- $found := list -}}
{{- if kindIs "map" .in -}}
{{- range $key, $value := .in -}}
{{- if and (hasSuffix $ends $key) (kindIs "string" $value) -}}
{{- $found = append $found $value -}}
{{- else -}}
{{- $found = concat $found (include "updater.named" (dict "in" $value "ends" $ends) | fromJsonArray) -}}
{{- end -}}
{{- end -}}
{{- else if kindIs "slice" .in -}}
{{- range .in }}{{ $found = concat $found (include "updater.named" (dict "in" . "ends" $ends) | fromJsonArray) }}{{ end -}}
{{- end -}}
{{- $found | uniq | sortAlpha | toJson -}}
{{- end -}}

{{/* "true" where updater.yaml stands in the values. */}}
{{- define "updater.readsConfig" -}}
{{- if kindIs "string" .Values.config }}{{ if trim .Values.config }}true{{ end }}{{ else if .Values.config }}true{{ end -}}
{{- end -}}

{{/* The name of the port of the probes and of /metrics. */}}
{{- define "updater.probePort" -}}
{{- if .Values.probePort -}}
{{- .Values.probePort -}}
{{- else if and (include "updater.readsConfig" .) (not (get (include "updater.section" (list (include "updater.config" . | fromJson) "service") | fromJson) "metrics_listen")) -}}
http
{{- else -}}
metrics
{{- end -}}
{{- end -}}

{{/* What all paths from outside begin with: /updater, or nothing. */}}
{{- define "updater.basePath" -}}
{{- $said := .Values.basePath | default "" | trimAll "/" -}}
{{- $own := "" -}}
{{- if include "updater.readsConfig" . -}}
{{- $own = get (include "updater.section" (list (include "updater.config" . | fromJson) "service") | fromJson) "base_path" | default "" | toString | trimAll "/" -}}
{{- end -}}
{{- with $own | default $said }}/{{ . }}{{ end -}}
{{- end -}}

{{- define "updater.check" -}}
{{- include "updater.checkSources" . -}}
{{- include "updater.checkImage" . -}}
{{- include "updater.checkNames" . -}}
{{- include "updater.checkMonitor" . -}}
{{- include "updater.checkWorkerPods" . -}}
{{- if include "updater.readsConfig" . -}}
{{- $config := include "updater.config" . | fromJson -}}
{{- include "updater.checkListen" (list . $config) -}}
{{- include "updater.checkBasePath" (list . $config) -}}
{{- include "updater.checkWorkers" (list . $config) -}}
{{- include "updater.checkHooks" (list . $config) -}}
{{- include "updater.checkVariables" (list . $config) -}}
{{- include "updater.checkFiles" (list . $config) -}}
{{- include "updater.checkMounts" . -}}
{{- include "updater.checkArgocd" (list . $config) -}}
{{- end -}}
{{- end -}}

{{/* An example for a default would be somebody else's repository, and would write there. */}}
{{- define "updater.checkSources" -}}
{{- $maps := .Values.existingConfigMaps -}}
{{- if .Values.configVolume.name -}}
{{- if or .Values.config .Values.apps $maps.config $maps.apps -}}
{{- fail "configVolume: the config comes from that volume, so leave out config, apps and existingConfigMaps" -}}
{{- end -}}
{{- $named := list -}}
{{- range .Values.extraVolumes }}{{ $named = append $named .name }}{{ end -}}
{{- if not (has .Values.configVolume.name $named) -}}
{{- fail (printf "configVolume: extraVolumes has no volume called %s: write it there" .Values.configVolume.name) -}}
{{- end -}}
{{- else -}}
{{- if and .Values.config $maps.config -}}
{{- fail "config: existingConfigMaps.config names a ConfigMap for it, too: leave one of the two out" -}}
{{- end -}}
{{- if and .Values.apps $maps.apps -}}
{{- fail "apps: existingConfigMaps.apps names a ConfigMap for them, too: leave one of the two out" -}}
{{- end -}}
{{- if not (or (include "updater.readsConfig" .) $maps.config) -}}
{{- fail "config: nothing is written there: give instance, mode, repositories, registries, commit, environments and service as the README of the project has them, or a file: --set-file config=config/updater.yaml, or a ConfigMap by existingConfigMaps.config" -}}
{{- end -}}
{{- $teams := (include "updater.config" . | fromJson).apps -}}
{{- if not (or .Values.apps $maps.apps $teams) -}}
{{- fail "apps: none is written there: give one, with its images and environments, or a file: --set-file apps.shop=config/apps/shop.yaml, or a ConfigMap by existingConfigMaps.apps, or have them declared in the deploy repository by apps: in the config" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The image gets the tokens, so that no name is assumed which somebody else might own. */}}
{{- define "updater.checkImage" -}}
{{- if not .Values.image.repository -}}
{{- fail "image.repository: nothing is written there: name the image that you have built and pushed (make image IMAGE=ghcr.io/your-org/updater), without its tag" -}}
{{- end -}}
{{- end -}}

{{/* The operator leaves such a monitor out, and who installs the chart hears nothing of it. */}}
{{- define "updater.checkMonitor" -}}
{{- $monitor := .Values.serviceMonitor -}}
{{- if and $monitor.enabled $monitor.scrapeTimeout -}}
{{- if gt (include "updater.milliseconds" $monitor.scrapeTimeout | int64) (include "updater.milliseconds" $monitor.interval | int64) -}}
{{- fail (printf "serviceMonitor.scrapeTimeout: %s is longer than serviceMonitor.interval, which is %s: shorten it, or leave it empty" $monitor.scrapeTimeout $monitor.interval) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Of a duration such as 30s. */}}
{{- define "updater.milliseconds" -}}
{{- $units := dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000 -}}
{{- mul (regexFind "^[0-9]+" . | int64) (get $units (regexFind "[a-z]+$" .)) -}}
{{- end -}}

{{/* What Kubernetes would refuse, or quietly take the last of. */}}
{{- define "updater.checkNames" -}}
{{- $variables := list "UPDATER_CONFIG" "UPDATER_CACHE_DIR" -}}
{{- range (include "updater.variables" . | fromJsonArray) -}}
{{- if has . $variables -}}
{{- fail (printf "env: %s is given twice: leave it out of existingSecrets, env or proxy" .) -}}
{{- end -}}
{{- $variables = append $variables . -}}
{{- end -}}
{{- $volumes := list "config" "apps" "cache" "tmp" "ca-bundle" "registry-credentials" -}}
{{- range $index, $_ := .Values.existingSecretFiles }}{{ $volumes = append $volumes (printf "secret-%d" $index) }}{{ end -}}
{{- range .Values.extraVolumes -}}
{{- if has .name $volumes -}}
{{- fail (printf "extraVolumes: %s is the name of another volume of the pod: choose another" .name) -}}
{{- end -}}
{{- $volumes = append $volumes .name -}}
{{- end -}}
{{- $folders := list "/etc/updater" "/etc/updater/apps" "/var/cache/updater" "/tmp" -}}
{{- range concat (.Values.existingSecretFiles | default list) (.Values.extraVolumeMounts | default list) (list .Values.registryCredentials .Values.caBundle) -}}
{{- if or .name .secretName .configMapName -}}
{{- if has .mountPath $folders -}}
{{- fail (printf "%s: two volumes would be mounted there: choose another mountPath" .mountPath) -}}
{{- end -}}
{{- $folders = append $folders .mountPath -}}
{{- end -}}
{{- end -}}
{{- if eq (int .Values.service.port) (int .Values.service.metricsPort) -}}
{{- fail (printf "service: port and metricsPort are both %d: choose two" (int .Values.service.port)) -}}
{{- end -}}
{{- if and .Values.caBundle.configMapName .Values.caBundle.secretName -}}
{{- fail "caBundle: name either a ConfigMap by configMapName or a Secret by secretName, not both" -}}
{{- end -}}
{{- end -}}

{{/* Every variable that the values give the process by name. */}}
{{- define "updater.variables" -}}
{{- $found := list -}}
{{- range .Values.existingSecrets }}{{ $found = append $found .name }}{{ end -}}
{{- if .Values.proxy.https }}{{ $found = append $found "HTTPS_PROXY" }}{{ end -}}
{{- if .Values.proxy.http }}{{ $found = append $found "http_proxy" }}{{ end -}}
{{- if include "updater.noProxy" . }}{{ $found = append $found "NO_PROXY" }}{{ end -}}
{{- range .Values.env }}{{ $found = append $found .name }}{{ end -}}
{{- toJson $found -}}
{{- end -}}

{{/* Who is asked directly; behind a proxy also the API of the cluster, whose address Kubernetes fills in. */}}
{{- define "updater.noProxy" -}}
{{- $names := list -}}
{{- with .Values.proxy.noProxy }}{{ $names = append $names . }}{{ end -}}
{{- if and .Values.proxy.https .Values.argocdAccess.enabled }}{{ $names = append $names "$(KUBERNETES_SERVICE_HOST)" }}{{ end -}}
{{- $names | join "," -}}
{{- end -}}

{{/* Listening elsewhere (the program's default is loopback), the pod would never be ready and nothing would say why. */}}
{{- define "updater.checkListen" -}}
{{- $root := index . 0 -}}
{{- $service := include "updater.section" (list (index . 1) "service") | fromJson -}}
{{- $listen := get $service "listen" | default "127.0.0.1:8080" -}}
{{- if not (has $listen (list "0.0.0.0:8080" "[::]:8080")) -}}
{{- fail (printf "config: service.listen is %v, where the probes cannot reach it: write 0.0.0.0:8080" $listen) -}}
{{- end -}}
{{- $own := get $service "metrics_listen" -}}
{{- if and $own (not (has $own (list "0.0.0.0:8081" "[::]:8081"))) -}}
{{- fail (printf "config: service.metrics_listen is %v, where the probes cannot reach it: write 0.0.0.0:8081" $own) -}}
{{- end -}}
{{- $port := $root.Values.probePort -}}
{{- if and $port (ne $port (ternary "metrics" "http" (not (empty $own)))) -}}
{{- fail (printf "probePort: it is %s, and config has service.metrics_listen %v: leave probePort out" $port ($own | default "nowhere")) -}}
{{- end -}}
{{- end -}}

{{- define "updater.checkBasePath" -}}
{{- $root := index . 0 -}}
{{- $said := $root.Values.basePath | default "" | trimAll "/" -}}
{{- $own := get (include "updater.section" (list (index . 1) "service") | fromJson) "base_path" | default "" | toString | trimAll "/" -}}
{{- if and $said (ne $said $own) -}}
{{- fail (printf "basePath: it is %s, and config has service.base_path %s: leave basePath out" $root.Values.basePath ($own | default "nowhere")) -}}
{{- end -}}
{{- end -}}

{{/* The names that the config lets the page be asked for by, as JSON; none: any. */}}
{{- define "updater.hosts" -}}
{{- $names := get (include "updater.section" (list . "service") | fromJson) "hosts" | default list -}}
{{- if kindIs "string" $names }}{{ $names = list $names }}{{ end -}}
{{- $names | toJson -}}
{{- end -}}

{{/* Hooks that nobody can knock at, and names that are answered by 421. */}}
{{- define "updater.checkHooks" -}}
{{- $root := index . 0 -}}
{{- $service := include "updater.section" (list (index . 1) "service") | fromJson -}}
{{- $names := include "updater.hosts" (index . 1) | fromJsonArray -}}
{{- range $value := list "ingress" "httpRoute" -}}
{{- range $what, $way := get $root.Values $value -}}
{{- if $way.enabled -}}
{{- if and (eq $what "hooks") (not (or (get $service "webhook_secret_env") (get $service "webhook_secret_file"))) -}}
{{- fail (printf "config: %s.hooks is enabled and service names no webhook_secret_env, without which every hook is turned away: write one" $value) -}}
{{- end -}}
{{- range $host := concat ($way.hosts | default list) ($way.hostnames | default list) -}}
{{- if and $names (not (has $host $names)) (not (hasPrefix "*." $host)) -}}
{{- fail (printf "config: service.hosts has no %s, which %s.%s opens to: add it there" $host $value $what) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* A variable that is not set ends the process at its start. */}}
{{- define "updater.checkVariables" -}}
{{- $root := index . 0 -}}
{{- $given := include "updater.variables" $root | fromJsonArray -}}
{{- if not $root.Values.envFrom -}}
{{- range include "updater.named" (dict "in" (list (index . 1) (include "updater.appList" $root | fromJsonArray)) "ends" "_env") | fromJsonArray -}}
{{- if not (has . $given) -}}
{{- fail (printf "config: it names the variable %s, which no value gives: write - {name: %s, secretName: …, key: …} under existingSecrets" . .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What is mounted for the config has to be named there. */}}
{{- define "updater.checkFiles" -}}
{{- $root := index . 0 -}}
{{- $config := index . 1 -}}
{{- if or $root.Values.caBundle.configMapName $root.Values.caBundle.secretName -}}
{{- $file := include "updater.caFile" $root -}}
{{- $named := include "updater.named" (dict "in" $config "ends" "ca_file") | fromJsonArray -}}
{{- range $root.Values.env }}{{ $named = append $named (.value | default "") }}{{ end -}}
{{- if not (has $file $named) -}}
{{- fail (printf "caBundle: it is mounted as %s, which config does not name: write tls: {ca_file: %s} there" $file $file) -}}
{{- end -}}
{{- end -}}
{{- if $root.Values.registryCredentials.secretName -}}
{{- $file := include "updater.dockerConfig" $root -}}
{{- if not (has $file (include "updater.named" (dict "in" $config "ends" "docker_config") | fromJsonArray)) -}}
{{- fail (printf "registryCredentials: they are mounted as %s, which config does not name: write registries: {ghcr.io: {docker_config: %s}} there" $file $file) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* A file in a folder that the chart would mount, were the value written: the pod would not start. */}}
{{- define "updater.checkMounts" -}}
{{- $registry := .Values.registryCredentials -}}
{{- $ca := .Values.caBundle -}}
{{- range $file := include "updater.unmounted" . | fromJsonArray -}}
{{- if and (not $registry.secretName) (hasPrefix (printf "%s/" (trimSuffix "/" $registry.mountPath)) $file) -}}
{{- fail (printf "config: it names the file %s, and registryCredentials.secretName is empty, so that nothing is mounted there: write the name of the Secret there" $file) -}}
{{- end -}}
{{- if and (not $ca.configMapName) (not $ca.secretName) (hasPrefix (printf "%s/" (trimSuffix "/" $ca.mountPath)) $file) -}}
{{- fail (printf "config: it names the file %s, and caBundle has neither configMapName nor secretName, so that nothing is mounted there: write one of them there" $file) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* "true" where that is the API of the pod's own cluster. */}}
{{- define "updater.asksCluster" -}}
{{- if and (kindIs "map" .) (eq (get . "kind" | toString) "kubernetes") (not (get . "server")) }}true{{ end -}}
{{- end -}}

{{/* The pod's account can do only what argocdAccess gives it. */}}
{{- define "updater.checkArgocd" -}}
{{- $root := index . 0 -}}
{{- $config := index . 1 -}}
{{- $access := $root.Values.argocdAccess -}}
{{- $argocds := dict "" (get $config "argocd") -}}
{{- range $name, $cluster := include "updater.section" (list $config "clusters") | fromJson -}}
{{- if and (kindIs "map" $cluster) (kindIs "map" (get $cluster "argocd")) }}{{ $_ := set $argocds $name (get $cluster "argocd") }}{{ end -}}
{{- end -}}
{{- range $name, $argocd := $argocds -}}
{{- if include "updater.asksCluster" $argocd -}}
{{- $key := ternary (printf "clusters.%s.argocd" $name) "argocd" (ne $name "") -}}
{{- if not $access.enabled -}}
{{- fail (printf "config: %s.kind is kubernetes, and argocdAccess.enabled is false, so that the pod may read no Application: set argocdAccess.enabled to true, or name Argo CD by %s.server and token_env" $key $key) -}}
{{- end -}}
{{- include "updater.checkNamespace" (list $access (get $argocd "namespace" | default "argocd") (printf "%s.namespace" $key)) -}}
{{- end -}}
{{- end -}}
{{- range $environment, $settings := include "updater.section" (list $config "environments") | fromJson -}}
{{- if kindIs "map" $settings -}}
{{- $on := ternary $environment (printf "%v/" (get $settings "cluster")) (empty (get $settings "cluster")) -}}
{{- include "updater.checkRunBy" (list $access $argocds $on (get $settings "argocd") (printf "environments.%s.argocd" $environment)) -}}
{{- end -}}
{{- end -}}
{{- range include "updater.appList" $root | fromJsonArray -}}
{{- if and (kindIs "map" .) (kindIs "map" (get . "environments")) -}}
{{- range $environment, $settings := get . "environments" -}}
{{- if kindIs "map" $settings -}}
{{- $on := ternary $environment (printf "%v/" (get $settings "cluster")) (empty (get $settings "cluster")) -}}
{{- include "updater.checkRunBy" (list $access $argocds $on (get $settings "argocd") (printf "an app's environments.%s.argocd" $environment)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Applications named otherwhere than the Argo CD itself says: (list access argocds environment argocd key); the
     environment tells the cluster, by what stands before its "/". */}}
{{- define "updater.checkRunBy" -}}
{{- $access := index . 0 -}}
{{- $argocds := index . 1 -}}
{{- $environment := index . 2 -}}
{{- $runBy := index . 3 -}}
{{- $key := index . 4 -}}
{{- if kindIs "map" $runBy -}}
{{- $first := ternary ($environment | splitList "/" | first) "" (contains "/" $environment) -}}
{{- $cluster := get $runBy "cluster" | default (ternary $first "" (hasKey $argocds $first)) -}}
{{- if include "updater.asksCluster" (get $argocds $cluster) -}}
{{- with get $runBy "namespace" -}}
{{- include "updater.checkNamespace" (list $access . (printf "%s.namespace" $key)) -}}
{{- end -}}
{{- $names := get $runBy "application" | default list -}}
{{- if kindIs "string" $names }}{{ $names = list $names }}{{ end -}}
{{- if and (not $access.list) (or (get $runBy "selector") (regexMatch "[*?\\[]" ($names | join " "))) -}}
{{- fail (printf "config: %s looks for Applications in a list, and argocdAccess.list is false: name them plainly, or set argocdAccess.list to true" $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "updater.checkNamespace" -}}
{{- $access := index . 0 -}}
{{- $namespace := index . 1 -}}
{{- if not (has $namespace $access.namespaces) -}}
{{- fail (printf "config: %s is %v, which argocdAccess.namespaces does not have: add it there" (index . 2) $namespace) -}}
{{- end -}}
{{- end -}}

{{/* Files that the config names below no mount that is known, as JSON; Vault's agent mounts its own. */}}
{{- define "updater.unmounted" -}}
{{- $folders := list "/vault/secrets/" "/var/run/secrets/kubernetes.io/" -}}
{{- range .Values.existingSecretFiles }}{{ $folders = append $folders (printf "%s/" (trimSuffix "/" .mountPath)) }}{{ end -}}
{{- range .Values.extraVolumeMounts }}{{ $folders = append $folders (trimSuffix "/" .mountPath) }}{{ end -}}
{{- if .Values.registryCredentials.secretName }}{{ $folders = append $folders (include "updater.dockerConfig" .) }}{{ end -}}
{{- if or .Values.caBundle.configMapName .Values.caBundle.secretName }}{{ $folders = append $folders (include "updater.caFile" .) }}{{ end -}}
{{- $config := include "updater.config" . | fromJson -}}
{{- $missing := list -}}
{{- range $file := concat (include "updater.named" (dict "in" $config "ends" "_file") | fromJsonArray) (include "updater.named" (dict "in" $config "ends" "docker_config") | fromJsonArray) -}}
{{- $there := false -}}
{{- range $folders }}{{ if hasPrefix . $file }}{{ $there = true }}{{ end }}{{ end -}}
{{- if not $there }}{{ $missing = append $missing $file }}{{ end -}}
{{- end -}}
{{- $missing | toJson -}}
{{- end -}}
