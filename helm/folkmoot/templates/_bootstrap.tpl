{{/* The Job that makes the Secrets, and the only pod of the chart with a token of the cluster's API. Its account may read the
suite's own Secrets by name, and create Secrets, which no rule can limit to names. */}}
{{- define "folkmoot.bootstrap" -}}
{{- $name := printf "%s-bootstrap" (include "folkmoot.fullname" .) -}}
{{- $isAll := eq (include "folkmoot.profile" . | fromJson).topology "all" -}}
{{- $table := include "folkmoot.table" . | fromJson -}}
{{- $names := list -}}
{{- range ternary (list "") (keys $table | sortAlpha) $isAll -}}
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
    verbs: [get]
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
{{- $args := list "keys" "bootstrap" "--name" (include "folkmoot.fullname" .) }}
{{- $args = concat $args ($isAll | ternary (list "--trial") (list "--domain" .Values.mail.domain "--selector" .Values.mail.dkimSelector)) }}
{{- $first := dict }}{{ $env := dict }}
{{- range $service, $facts := $table }}
{{- $settings := include "folkmoot.settings" (dict "root" $ "service" $service) | fromJson }}
{{- if and $facts.database (not $settings.database.existingSecret) }}
{{- $args = concat $args (list "--database" (printf "%s=%s" $service (include "folkmoot.bootstrap.url" (dict "root" $ "service" $service "facts" $facts)))) }}
{{- else if eq $service "keyring" }}
{{- include "folkmoot.env.database" (dict "root" $ "service" $service "first" $first "env" $env) }}
{{- end }}
{{- end }}
{{- if not .Values.redis.existingSecret }}
{{- $args = concat $args (list "--redis" (printf "redis://%s:%d" .Values.redis.host (int .Values.redis.port))) }}
{{- end }}
{{- with .Values.postgres.admin.existingSecret }}
{{- include "folkmoot.env.secret" (dict "into" $env "name" "DATABASE_URL" "secret" . "key" $.Values.postgres.admin.key) }}
{{- end }}
{{- if .Values.postgres.ca.name }}
{{- include "folkmoot.env.put" (dict "into" $env "name" "FOLKMOOT_TLS_CA_FILE" "value" "/etc/folkmoot/postgres/ca.crt") }}
{{- end }}
{{ include "folkmoot.job" (dict "root" . "what" "bootstrap" "args" $args "first" $first "env" $env "account" $name "token" true) }}
{{- end -}}

{{/* The URL of a service's database without its password. The role is named after the release: roles belong to a whole
PostgreSQL. (dict "root" $ "service" … "facts" …) */}}
{{- define "folkmoot.bootstrap.url" -}}
{{- $pg := .root.Values.postgres -}}
{{- $role := printf "%s_%s" (include "folkmoot.fullname" .root | replace "-" "_") .service -}}
{{- $database := ternary $pg.keyringDatabase $pg.database (eq .facts.database "keyring") -}}
{{- printf "postgres://%s@%s:%d/%s?sslmode=%s" $role $pg.host (int $pg.port) $database $pg.sslmode -}}
{{- end -}}

{{/* The account's token, for an hour at most, as every client of the API expects it. */}}
{{- define "folkmoot.token.volume" -}}
- name: token
  projected:
    sources:
      - serviceAccountToken:
          path: token
          expirationSeconds: 3600
      - configMap:
          name: kube-root-ca.crt
          items:
            - key: ca.crt
              path: ca.crt
      - downwardAPI:
          items:
            - path: namespace
              fieldRef:
                apiVersion: v1
                fieldPath: metadata.namespace
{{- end -}}
