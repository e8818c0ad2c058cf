{{/* What is merged and computed: the table of services, settings of a service, the list of Deployments. All as JSON. */}}

{{- define "folkmoot.table" -}}
{{- .Files.Get "files/services.yaml" | fromYaml | toJson -}}
{{- end -}}

{{- define "folkmoot.profile" -}}
{{- .Files.Get (printf "files/profiles/%s.yaml" .Values.profile) | fromYaml | toJson -}}
{{- end -}}

{{/* Defaults < profile < `global` < `services.<name>`. (dict "root" $ "service" "campaigns") */}}
{{- define "folkmoot.settings" -}}
{{- $profile := include "folkmoot.profile" .root | fromJson -}}
{{- $settings := .root.Files.Get "files/settings.yaml" | fromYaml -}}
{{- $own := get (.root.Values.services | default dict) .service -}}
{{- range $layer := list $profile.global (get ($profile.services | default dict) .service) .root.Values.global $own -}}
{{- $settings = mergeOverwrite $settings (deepCopy ($layer | default dict)) -}}
{{- end -}}
{{- toJson $settings -}}
{{- end -}}

{{/* One entry for each Deployment. */}}
{{- define "folkmoot.workloads" -}}
{{- $root := . -}}
{{- $table := include "folkmoot.table" . | fromJson -}}
{{- $workloads := list -}}
{{- if eq (include "folkmoot.profile" . | fromJson).topology "all" -}}
{{- $settings := include "folkmoot.settings" (dict "root" . "service" "") | fromJson -}}
{{- $workloads = list (dict "name" (include "folkmoot.fullname" .) "component" "all" "role" "api" "runs" "all" "does" "both" "services" (keys $table | sortAlpha) "settings" $settings "scale" $settings.api "scaled" "" "least" 1) -}}
{{- else -}}
{{- range $service, $facts := $table -}}
{{- $settings := include "folkmoot.settings" (dict "root" $root "service" $service) | fromJson -}}
{{- $split := and $settings.split $facts.events -}}
{{- range $role := ternary (list "api" "worker") (list "api") (not (not $split)) -}}
{{- $scale := get $settings $role -}}
{{- $name := printf "%s-%s%s" (include "folkmoot.fullname" $root) $service (ternary "-worker" "" (eq $role "worker")) -}}
{{- $does := ternary $role "both" (not (not $split)) -}}
{{- $workload := dict "name" $name "component" $service "role" $role "runs" $service "does" $does "services" (list $service) "settings" $settings "scale" $scale "least" (int $scale.replicas) -}}
{{- $keda := and (eq $role "worker") $scale.autoscaling.enabled -}}
{{- $_ := set $workload "scaled" (ternary "keda" "hpa" (not (not $keda))) -}}
{{- $most := ternary $scale.autoscaling.maxReplicas $scale.replicas (not (not $scale.autoscaling.enabled)) | int -}}
{{- if $keda -}}
{{- $most = min $most (include "folkmoot.partitions" (dict "root" $root "facts" $facts) | int) -}}
{{- $_ := set $workload "least" (min $most (int $scale.replicas)) -}}
{{- end -}}
{{- $_ := set $workload "most" (max $most (get $workload "least")) -}}
{{- $workloads = append $workloads $workload -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $workloads -}}
{{- end -}}

{{/* Partitions of the busiest topic that a service consumes: more workers would be idle. */}}
{{- define "folkmoot.partitions" -}}
{{- $topics := .root.Files.Get "files/topics.yaml" | fromYaml -}}
{{- $most := 1 -}}
{{- range .facts.consumes -}}
{{- $most = max $most (int (get $topics .)) -}}
{{- end -}}
{{- $most -}}
{{- end -}}

{{/* The address of a service. (dict "root" $ "service" …) */}}
{{- define "folkmoot.url" -}}
{{- $table := include "folkmoot.table" .root | fromJson -}}
{{- printf "http://%s-%s:%d" (include "folkmoot.fullname" .root) .service (int (get $table .service).port) -}}
{{- end -}}

{{/* The host name of `publicUrl`. */}}
{{- define "folkmoot.host" -}}
{{- (urlParse .Values.publicUrl).hostname -}}
{{- end -}}

{{/* Seconds from the deletion of a pod until it is killed: the wait, the drain, and what requests and background work take. */}}
{{- define "folkmoot.grace" -}}
{{- add .preStopSeconds .drainSeconds 25 -}}
{{- end -}}

{{/* The name under which a workload's admin port is found. */}}
{{- define "folkmoot.adminHost" -}}
{{- .name }}{{ if has .runs (list "all" "gateway") }}-admin{{ end -}}
{{- end -}}
