{{/* The Secret of a service, or of the whole suite in a trial. (dict "root" $ "service" …) */}}
{{- define "folkmoot.secret" -}}
{{- $settings := include "folkmoot.settings" . | fromJson -}}
{{- $settings.existingSecret | default (printf "%s-%s" (include "folkmoot.fullname" .root) (.service | default "trial")) -}}
{{- end -}}

{{/* Names of the secret settings that a service's own Secret holds, one a line. (dict "root" $ "service" …) */}}
{{- define "folkmoot.secretNames" -}}
{{- $facts := get (include "folkmoot.table" .root | fromJson) .service -}}
{{- $settings := include "folkmoot.settings" . | fromJson -}}
{{- $upper := upper .service -}}
FOLKMOOT_{{ $upper }}_WORKLOAD_KEY
FOLKMOOT_WORKLOAD_JWKS
{{- range $facts.secrets }}
{{ . }}
{{- end }}
{{- if and $facts.database (not $settings.database.existingSecret) }}
FOLKMOOT_{{ $upper }}_DATABASE_URL
{{- end }}
{{- if and (eq .service "messaging") .root.Values.mail.credentials.enabled (not .root.Values.mail.credentials.existingSecret) }}
FOLKMOOT_MESSAGING_RELAY_USER
FOLKMOOT_MESSAGING_RELAY_PASSWORD
{{- end }}
{{- if and $facts.redis (not .root.Values.redis.existingSecret) }}
REDIS_URL
{{- end }}
{{- if and $facts.events .root.Values.kafka.saslMechanism (not $settings.kafka.existingSecret) }}
{{- if not $settings.kafka.username }}
FOLKMOOT_KAFKA_SASL_USERNAME
{{- end }}
FOLKMOOT_KAFKA_SASL_PASSWORD
{{- end }}
{{- end -}}
