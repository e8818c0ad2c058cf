{{/* Where the traffic of a NetworkPolicy goes. */}}

{{/* Peers as a YAML list: those given, else made from a host. (dict "peers" list "host" … "what" …) */}}
{{- define "folkmoot.peers" -}}
{{- if .peers -}}
{{- toYaml .peers -}}
{{- else if not .host -}}
{{- fail (printf "networkPolicy: set %s.host or %s.peers, or networkPolicy.enabled=false" .what .what) -}}
{{- else if regexMatch "^[0-9]+(\\.[0-9]+){3}$" .host -}}
- ipBlock:
    cidr: {{ .host }}/32
{{- else if contains ":" .host -}}
- ipBlock:
    cidr: {{ trimAll "[]" .host }}/128
{{- else if regexMatch "^[a-z0-9-]+$" .host -}}
- podSelector: {}
{{- else if regexMatch "^[a-z0-9-]+\\.[a-z0-9-]+(\\.svc(\\..+)?)?$" .host -}}
- namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: {{ index (splitList "." .host) 1 }}
{{- else -}}
{{- fail (printf "%s.peers: say which addresses %q has, as peers of a NetworkPolicy (a policy knows no names), or set networkPolicy.enabled=false" .what .host) -}}
{{- end -}}
{{- end -}}

{{/* All public addresses: the same as webhooks itself checks. */}}
{{- define "folkmoot.peers.public" -}}
{{- .Files.Get "files/public.yaml" | fromYamlArray | toYaml -}}
{{- end -}}

{{/* A rule. (dict "peers" yaml "ports" list "protocols" list) */}}
{{- define "folkmoot.rule" -}}
- {{ .way }}:
    {{- .peers | nindent 4 }}
  ports:
    {{- $protocols := .protocols | default (list "TCP") }}
    {{- range $port := .ports }}
    {{- range $protocols }}
    - port: {{ $port }}
      protocol: {{ . }}
    {{- end }}
    {{- end }}
{{- end -}}

{{/* Pods of a service. (dict "root" $ "components" list) */}}
{{- define "folkmoot.peers.pods" -}}
{{- range .components }}
- podSelector:
    matchLabels:
      app.kubernetes.io/name: folkmoot
      app.kubernetes.io/instance: {{ $.root.Release.Name }}
      app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}
