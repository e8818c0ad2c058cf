{{/* One NetworkPolicy. (dict "root" $ "name" … "component" … "role" … "rules" dict) */}}
{{- define "folkmoot.policy" }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "folkmoot.metadata" . | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "folkmoot.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  {{- if .rules.workload }}
  ingress:
    {{- include "folkmoot.policy.ingress" .rules | nindent 4 }}
  egress:
    {{- include "folkmoot.policy.dns" .rules | nindent 4 }}
    {{- include "folkmoot.policy.egress" .rules | nindent 4 }}
  {{- else }}
  egress:
    {{- include "folkmoot.policy.dns" .rules | nindent 4 }}
    {{- include "folkmoot.policy.job" .rules | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* A service's own port from its callers, its admin port from monitoring and the chart's test. */}}
{{- define "folkmoot.policy.ingress" -}}
{{- $root := .root -}}{{- $w := .workload -}}
{{- $table := include "folkmoot.table" .root | fromJson -}}
{{- $isEdge := has $w.runs (list "all" "gateway") -}}
{{- $port := (get $table (ternary "gateway" $w.runs $isEdge)).port | int -}}
{{- if ne $w.does "worker" -}}
{{- if and $isEdge (not $root.Values.networkPolicy.gatewayFrom) }}
- ports:
    - port: {{ $port }}
      protocol: TCP
{{- else }}
{{- $callers := list }}
{{- range $service, $facts := $table }}
{{- if or (has $w.runs ($facts.calls | default list)) (and $isEdge (ne $service "gateway")) }}{{ $callers = append $callers $service }}{{ end }}
{{- end }}
{{- $peers := include "folkmoot.peers.pods" (dict "root" $root "components" (ternary (append $callers "test") $callers $isEdge)) }}
{{- if $isEdge }}
{{- $peers = printf "%s\n%s" (toYaml $root.Values.networkPolicy.gatewayFrom) (trim $peers) }}
{{- end }}
{{ include "folkmoot.rule" (dict "way" "from" "peers" (trim $peers) "ports" (list $port)) }}
{{- end }}
{{- end }}
{{- $scrapers := include "folkmoot.peers.pods" (dict "root" $root "components" (list "test")) | trim }}
{{- with $root.Values.networkPolicy.monitoringFrom }}
{{- $scrapers = printf "%s\n%s" (toYaml .) $scrapers }}
{{- end }}
{{ include "folkmoot.rule" (dict "way" "from" "peers" $scrapers "ports" (list (add $port 1000))) }}
{{- end -}}

{{/* The services it calls, its stores, and what it needs outside. */}}
{{- define "folkmoot.policy.egress" -}}
{{- $root := .root -}}{{- $w := .workload -}}
{{- $table := include "folkmoot.table" .root | fromJson -}}
{{- $does := dict -}}
{{- range $service := $w.services -}}
{{- $facts := get $table $service -}}
{{- if $facts.database -}}{{- $_ := set $does "postgres" true -}}{{- end -}}
{{- if and $facts.events (ne $w.does "api") -}}{{- $_ := set $does "kafka" true -}}{{- end -}}
{{- if $facts.redis -}}{{- $_ := set $does "redis" true -}}{{- end -}}
{{- range $facts.public -}}{{- $_ := set $does . true -}}{{- end -}}
{{- if eq $w.runs $service -}}
{{- range $called := concat (ternary list (list "gateway") (eq $service "gateway")) ($facts.calls | default list) | uniq }}
{{ include "folkmoot.rule" (dict "way" "to" "peers" (include "folkmoot.peers.pods" (dict "root" $root "components" (list $called)) | trim) "ports" (list (get $table $called).port)) }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range list "postgres" "kafka" "redis" }}
{{- if get $does . }}
{{ include (printf "folkmoot.policy.%s" .) $root }}
{{- end }}
{{- end }}
{{- if and $does.mail (ne $w.runs "all") (ne $w.does "api") }}
{{- $relay := $root.Values.mail.relay | splitList ":" }}
{{ include "folkmoot.rule" (dict "way" "to" "peers" ($root.Values.mail.peers | empty | ternary (include "folkmoot.peers.public" $root) (toYaml $root.Values.mail.peers)) "ports" (list (last $relay))) }}
{{- end }}
{{- if and $does.webhooks (ne $w.does "api") }}
{{ include "folkmoot.rule" (dict "way" "to" "peers" (include "folkmoot.peers.public" $root) "ports" (prepend $root.Values.webhooks.extraPorts 443)) }}
{{- end }}
{{- if and $does.geocoder $root.Values.geocoder.provider }}
{{ include "folkmoot.rule" (dict "way" "to" "peers" (include "folkmoot.peers.public" $root) "ports" (list 443)) }}
{{- end }}
{{- with $root.Values.telemetry.otlpEndpoint }}
{{- $url := urlParse . }}
{{- $port := regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) | default (eq $url.scheme "https" | ternary "443" "80") }}
{{ include "folkmoot.rule" (dict "way" "to" "peers" (include "folkmoot.peers" (dict "peers" $root.Values.telemetry.peers "host" $url.hostname "what" "telemetry")) "ports" (list $port)) }}
{{- end }}
{{- end -}}

{{- define "folkmoot.policy.dns" -}}
{{ include "folkmoot.rule" (dict "way" "to" "peers" (toYaml .root.Values.networkPolicy.dns) "ports" .root.Values.networkPolicy.dnsPorts "protocols" (list "UDP" "TCP")) }}
{{- end -}}

{{- define "folkmoot.policy.postgres" -}}
{{- $pg := .Values.postgres -}}
{{- $peers := include "folkmoot.peers" (dict "peers" $pg.peers "host" $pg.host "what" "postgres") -}}
{{- if and $pg.keyringHost (not $pg.peers) -}}
{{- $peers = printf "%s\n%s" $peers (include "folkmoot.peers" (dict "peers" list "host" $pg.keyringHost "what" "postgres")) -}}
{{- end -}}
{{ include "folkmoot.rule" (dict "way" "to" "peers" $peers "ports" (list $pg.port)) }}
{{- end -}}

{{- define "folkmoot.policy.kafka" -}}
{{- $peers := list -}}{{- $ports := list -}}
{{- range .Values.kafka.brokers -}}
{{- $parts := regexSplit ":(\\d+)$" . -1 -}}
{{- $peers = append $peers (include "folkmoot.peers" (dict "peers" $.Values.kafka.peers "host" (first $parts) "what" "kafka")) -}}
{{- $ports = append $ports (splitList ":" . | last) -}}
{{- end -}}
{{ include "folkmoot.rule" (dict "way" "to" "peers" ($peers | uniq | join "\n") "ports" ($ports | uniq)) }}
{{- end -}}

{{- define "folkmoot.policy.redis" -}}
{{- $redis := .Values.redis -}}
{{ include "folkmoot.rule" (dict "way" "to" "peers" (include "folkmoot.peers" (dict "peers" $redis.peers "host" $redis.host "what" "redis")) "ports" (list $redis.port)) }}
{{- end -}}

{{/* What a Job needs. (dict "root" $ "needs" …) */}}
{{- define "folkmoot.policy.job" -}}
{{- $root := .root -}}
{{- if eq .needs "bootstrap" -}}
- ports:
    {{- range .root.Values.secrets.bootstrap.ports }}
    - port: {{ . }}
      protocol: TCP
    {{- end }}
  {{- with .root.Values.secrets.bootstrap.peers }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{ include "folkmoot.policy.postgres" .root }}
{{- else if eq .needs "public" -}}
{{ include "folkmoot.rule" (dict "way" "to" "peers" (include "folkmoot.peers.public" .root) "ports" (list 443)) }}
{{- else if eq .needs "test" -}}
{{- $table := include "folkmoot.table" .root | fromJson -}}
{{- range $w := include "folkmoot.workloads" .root | fromJsonArray }}
{{- $isEdge := has $w.runs (list "all" "gateway") }}
{{- $port := (get $table (ternary "gateway" $w.runs $isEdge)).port | int }}
{{- $peers := include "folkmoot.peers.pods" (dict "root" $root "components" (list $w.component)) | trim }}
{{ include "folkmoot.rule" (dict "way" "to" "peers" $peers "ports" (ternary (list $port (add $port 1000)) (list (add $port 1000)) $isEdge)) }}
{{- end }}
{{- else -}}
{{ include (printf "folkmoot.policy.%s" .needs) .root }}
{{- end -}}
{{- end -}}
