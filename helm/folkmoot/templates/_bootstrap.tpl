{{/* The Job that makes missing Secrets, and the only account of the chart with a token: it may read and extend the suite's
own Secrets by name, and create Secrets, which no rule can limit to names. */}}
{{- define "folkmoot.bootstrap" -}}
{{- $name := printf "%s-bootstrap" (include "folkmoot.fullname" .) -}}
{{- $isAll := eq (include "folkmoot.profile" . | fromJson).topology "all" -}}
{{- $names := list -}}
{{- range ternary (list "") (keys (include "folkmoot.table" . | fromJson) | sortAlpha) $isAll -}}
{{- $names = append $names (include "folkmoot.secret" (dict "root" $ "service" .)) -}}
{{- end }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "folkmoot.metadata" (dict "root" . "name" $name) | nindent 2 }}
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  {{- include "folkmoot.metadata" (dict "root" . "name" $name) | nindent 2 }}
rules:
  - apiGroups: [""]
    resources: [secrets]
    resourceNames: {{ toJson $names }}
    verbs: [get, patch]
  - apiGroups: [""]
    resources: [secrets]
    verbs: [create]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  {{- include "folkmoot.metadata" (dict "root" . "name" $name) | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $name }}
subjects:
  - kind: ServiceAccount
    name: {{ $name }}
    namespace: {{ .Release.Namespace }}
{{- $args := list "keys" "bootstrap" "--prefix" (include "folkmoot.fullname" .) }}
{{- $args = concat $args (ternary (list "--trial") (list "--domain" .Values.mail.domain) $isAll) }}
{{- if .Values.postgres.host }}
{{- $args = concat $args (list "--postgres" (printf "%s:%d" .Values.postgres.host (int .Values.postgres.port)) "--sslmode" .Values.postgres.sslmode "--database" .Values.postgres.database "--keyring-database" .Values.postgres.keyringDatabase) }}
{{- end }}
{{- if .Values.redis.host }}
{{- $args = concat $args (list "--redis" (printf "%s:%d" .Values.redis.host (int .Values.redis.port))) }}
{{- end }}
{{- $env := dict }}
{{- with .Values.postgres.admin.existingSecret }}
{{- include "folkmoot.env.secret" (dict "into" $env "name" "DATABASE_URL" "secret" . "key" $.Values.postgres.admin.key) }}
{{- end }}
{{- if .Values.postgres.ca.name }}
{{- include "folkmoot.env.put" (dict "into" $env "name" "FOLKMOOT_TLS_CA_FILE" "value" "/etc/folkmoot/postgres/ca.crt") }}
{{- end }}
{{ include "folkmoot.job" (dict "root" . "what" "bootstrap" "args" $args "first" dict "env" $env "token" true "account" $name) }}
{{- end -}}
