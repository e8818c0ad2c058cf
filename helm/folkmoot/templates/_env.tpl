{{/* Environment variables. They are gathered in dicts by name, since a name that occurs twice fails a server-side apply. */}}

{{/* (dict "into" dict "name" … "value" …) */}}
{{- define "folkmoot.env.put" -}}
{{- $_ := set .into .name (dict "value" (toString .value)) -}}
{{- end -}}

{{/* (dict "into" dict "name" … "secret" … "key" …) */}}
{{- define "folkmoot.env.secret" -}}
{{- $_ := set .into .name (dict "valueFrom" (dict "secretKeyRef" (dict "name" .secret "key" .key))) -}}
{{- end -}}

{{/* The list for a container. `first` are those that others refer to by $(NAME). (dict "first" dict "env" dict) */}}
{{- define "folkmoot.env.list" -}}
{{- $list := list -}}
{{- range $name, $entry := .first -}}
{{- $list = append $list (mergeOverwrite (dict "name" $name) $entry) -}}
{{- end -}}
{{- $first := .first -}}
{{- range $name, $entry := .env -}}
{{- if not (hasKey $first $name) -}}{{- $list = append $list (mergeOverwrite (dict "name" $name) $entry) -}}{{- end -}}
{{- end -}}
{{- toYaml $list -}}
{{- end -}}

{{/* The URL of a service's database: from its Secret, or put together from a role's. (dict "root" $ "service" … "first" dict "env" dict) */}}
{{- define "folkmoot.env.database" -}}
{{- $facts := get (include "folkmoot.table" .root | fromJson) .service -}}
{{- if $facts.database -}}
{{- $settings := include "folkmoot.settings" (dict "root" .root "service" .service) | fromJson -}}
{{- $pg := .root.Values.postgres -}}
{{- $upper := upper .service -}}
{{- $name := printf "FOLKMOOT_%s_DATABASE_URL" $upper -}}
{{- with $settings.database.existingSecret -}}
{{- $user := printf "DB_%s_USERNAME" $upper -}}
{{- $password := printf "DB_%s_PASSWORD" $upper -}}
{{- include "folkmoot.env.secret" (dict "into" $.first "name" $user "secret" . "key" $settings.database.usernameKey) -}}
{{- include "folkmoot.env.secret" (dict "into" $.first "name" $password "secret" . "key" $settings.database.passwordKey) -}}
{{- $isKeyring := eq $facts.database "keyring" -}}
{{- $host := ternary ($pg.keyringHost | default $pg.host) $pg.host $isKeyring -}}
{{- $database := ternary $pg.keyringDatabase $pg.database $isKeyring -}}
{{- $url := printf "postgres://$(%s):$(%s)@%s:%d/%s?sslmode=%s" $user $password $host (int $pg.port) $database $pg.sslmode -}}
{{- include "folkmoot.env.put" (dict "into" $.env "name" $name "value" $url) -}}
{{- else -}}
{{- $secret := include "folkmoot.secret" (dict "root" .root "service" .service) -}}
{{- include "folkmoot.env.secret" (dict "into" .env "name" $name "secret" $secret "key" $name) -}}
{{- end -}}
{{- with $settings.database.workerRole -}}
{{- include "folkmoot.env.put" (dict "into" $.env "name" (printf "FOLKMOOT_%s_WORKER_ROLE" $upper) "value" .) -}}
{{- end -}}
{{- include "folkmoot.env.authorities" (dict "root" .root "env" .env) -}}
{{- end -}}
{{- end -}}

{{/* Who signs PostgreSQL's certificate. (dict "root" $ "env" dict) */}}
{{- define "folkmoot.env.authorities" -}}
{{- if .root.Values.postgres.ca.name -}}
{{- include "folkmoot.env.put" (dict "into" .env "name" "FOLKMOOT_TLS_CA_FILE" "value" "/etc/folkmoot/postgres/ca.crt") -}}
{{- end -}}
{{- end -}}

{{/* The brokers. (dict "root" $ "env" dict) */}}
{{- define "folkmoot.env.kafka" -}}
{{- $kafka := .root.Values.kafka -}}
{{- $settings := dict "KAFKA_BROKERS" (join "," $kafka.brokers) "FOLKMOOT_TOPIC_PREFIX" $kafka.topicPrefix "FOLKMOOT_KAFKA_COMPRESSION" $kafka.compression "FOLKMOOT_KAFKA_SECURITY_PROTOCOL" $kafka.securityProtocol "FOLKMOOT_KAFKA_SASL_MECHANISM" $kafka.saslMechanism "FOLKMOOT_KAFKA_CA_LOCATION" (ternary "/etc/folkmoot/kafka/ca.crt" "" (not (not $kafka.ca.name))) -}}
{{- range $name, $value := $settings -}}
{{- if $value -}}{{- include "folkmoot.env.put" (dict "into" $.env "name" $name "value" $value) -}}{{- end -}}
{{- end -}}
{{- end -}}

{{/* Credentials at the brokers. (dict "root" $ "env" dict "kafka" {existingSecret, username, passwordKey} "secret" …) */}}
{{- define "folkmoot.env.sasl" -}}
{{- if .root.Values.kafka.saslMechanism -}}
{{- $user := "FOLKMOOT_KAFKA_SASL_USERNAME" -}}
{{- $password := "FOLKMOOT_KAFKA_SASL_PASSWORD" -}}
{{- $secret := .kafka.existingSecret | default .secret -}}
{{- if .kafka.username -}}
{{- include "folkmoot.env.put" (dict "into" .env "name" $user "value" .kafka.username) -}}
{{- else -}}
{{- include "folkmoot.env.secret" (dict "into" .env "name" $user "secret" $secret "key" $user) -}}
{{- end -}}
{{- include "folkmoot.env.secret" (dict "into" .env "name" $password "secret" $secret "key" (ternary .kafka.passwordKey $password (not (not .kafka.existingSecret)))) -}}
{{- end -}}
{{- end -}}

{{/* What every service of a pod needs. (dict "root" $ "workload" … "first" dict "env" dict) */}}
{{- define "folkmoot.env.workload" -}}
{{- $root := .root -}}{{- $env := .env -}}{{- $w := .workload -}}
{{- $values := $root.Values -}}
{{- $listen := $values.service.listen -}}
{{- $texts := dict "FOLKMOOT_ROLE" $w.does "FOLKMOOT_DRAIN_SECONDS" $w.settings.drainSeconds "FOLKMOOT_PUBLIC_URL" $values.publicUrl "FOLKMOOT_LOG" $values.telemetry.log -}}
{{- with $values.telemetry.otlpEndpoint -}}{{- $_ := set $texts "FOLKMOOT_OTLP_ENDPOINT" . -}}{{- end -}}
{{- range $name, $value := $texts -}}
{{- include "folkmoot.env.put" (dict "into" $env "name" $name "value" $value) -}}
{{- end -}}
{{- range $service := $w.services -}}
{{- include "folkmoot.env.of" (dict "root" $root "service" $service "env" $env "all" (eq $w.runs "all")) -}}
{{- end -}}
{{- if eq $w.runs "all" -}}
{{- include "folkmoot.env.put" (dict "into" $env "name" "FOLKMOOT_ADMIN_LISTEN" "value" (printf "%s:9080" $listen)) -}}
{{- include "folkmoot.env.kafka" (dict "root" $root "env" $env) -}}
{{- include "folkmoot.env.authorities" (dict "root" $root "env" $env) -}}
{{- else -}}
{{- include "folkmoot.env.service" (dict "root" $root "workload" $w "first" .first "env" $env) -}}
{{- end -}}
{{- range $name, $entry := $w.settings.env -}}
{{- $_ := set $env $name (ternary (dict "value" $entry) $entry (kindIs "string" $entry)) -}}
{{- end -}}
{{- end -}}

{{/* What belongs to one service wherever it runs. (dict "root" $ "service" … "env" dict "all" bool) */}}
{{- define "folkmoot.env.of" -}}
{{- $root := .root -}}{{- $env := .env -}}{{- $values := .root.Values -}}
{{- $facts := get (include "folkmoot.table" .root | fromJson) .service -}}
{{- $settings := include "folkmoot.settings" (dict "root" .root "service" .service) | fromJson -}}
{{- $upper := upper .service -}}
{{- $texts := dict (printf "FOLKMOOT_%s_HTTP_WORKERS" $upper) $settings.httpWorkers -}}
{{- if $facts.database -}}{{- $_ := set $texts (printf "FOLKMOOT_%s_POOL_SIZE" $upper) $settings.database.poolSize -}}{{- end -}}
{{- if or (not .all) (eq .service "gateway") -}}
{{- $_ := set $texts (printf "FOLKMOOT_%s_LISTEN" $upper) (printf "%s:%d" $values.service.listen (int $facts.port)) -}}
{{- end -}}
{{- if eq .service "gateway" -}}
{{- with $values.edge.trustedProxies -}}{{- $_ := set $texts "FOLKMOOT_TRUSTED_PROXIES" (join "," .) -}}{{- end -}}
{{- $_ := set $texts "FOLKMOOT_FORWARDED_HEADER" $values.edge.forwardedHeader -}}
{{- $_ := set $texts "FOLKMOOT_GATEWAY_LIMIT_SCALE" $values.edge.limitScale -}}
{{- else if eq .service "messaging" -}}
{{- include "folkmoot.env.mail" (dict "root" $root "texts" $texts "env" $env) -}}
{{- else if eq .service "webhooks" -}}
{{- with $values.webhooks.extraPorts -}}
{{- $ports := list -}}{{- range . -}}{{- $ports = append $ports (int . | toString) -}}{{- end -}}
{{- $_ := set $texts "FOLKMOOT_WEBHOOKS_EXTRA_PORTS" (join "," $ports) -}}
{{- end -}}
{{- else if eq .service "geolocation" -}}
{{- include "folkmoot.env.geocoder" (dict "root" $root "texts" $texts "env" $env) -}}
{{- end -}}
{{- if $facts.files -}}{{- include "folkmoot.env.files" (dict "root" $root "service" .service "texts" $texts) -}}{{- end -}}
{{- range $name, $value := $texts -}}
{{- include "folkmoot.env.put" (dict "into" $env "name" $name "value" $value) -}}
{{- end -}}
{{- end -}}

{{/* What a service needs in a pod of its own: addresses, credentials, keys. */}}
{{- define "folkmoot.env.service" -}}
{{- $root := .root -}}{{- $env := .env -}}{{- $service := .workload.runs -}}
{{- $facts := get (include "folkmoot.table" .root | fromJson) $service -}}
{{- $secret := include "folkmoot.secret" (dict "root" .root "service" $service) -}}
{{- include "folkmoot.env.put" (dict "into" $env "name" (printf "FOLKMOOT_%s_ADMIN_LISTEN" (upper $service)) "value" (printf "%s:%d" $root.Values.service.listen (add $facts.port 1000 | int))) -}}
{{- range (concat (list "gateway") ($facts.calls | default list) | uniq) -}}
{{- include "folkmoot.env.put" (dict "into" $env "name" (printf "FOLKMOOT_%s_URL" (upper .)) "value" (include "folkmoot.url" (dict "root" $root "service" .))) -}}
{{- end -}}
{{- range (include "folkmoot.secretNames" (dict "root" .root "service" $service) | splitList "\n") -}}
{{- include "folkmoot.env.secret" (dict "into" $env "name" . "secret" $secret "key" .) -}}
{{- end -}}
{{- include "folkmoot.env.database" (dict "root" .root "service" $service "first" .first "env" $env) -}}
{{- if $facts.events -}}
{{- include "folkmoot.env.kafka" (dict "root" .root "env" $env) -}}
{{- include "folkmoot.env.sasl" (dict "root" .root "env" $env "kafka" .workload.settings.kafka "secret" $secret) -}}
{{- end -}}
{{- with .root.Values.redis.existingSecret -}}
{{- if $facts.redis -}}{{- include "folkmoot.env.secret" (dict "into" $env "name" "REDIS_URL" "secret" . "key" $root.Values.redis.key) -}}{{- end -}}
{{- end -}}
{{- end -}}

{{- define "folkmoot.env.mail" -}}
{{- $mail := .root.Values.mail -}}
{{- if eq .root.Values.profile "trial" -}}
{{- $_ := set .texts "FOLKMOOT_MAIL" "catch" -}}
{{- else -}}
{{- $_ := set .texts "FOLKMOOT_MAIL" "send" -}}
{{- $_ := set .texts "FOLKMOOT_MESSAGING_RELAY" $mail.relay -}}
{{- $_ := set .texts "FOLKMOOT_MESSAGING_DOMAIN" $mail.domain -}}
{{- $_ := set .texts "FOLKMOOT_MESSAGING_DKIM_SELECTOR" $mail.dkimSelector -}}
{{- if $mail.ca.name -}}{{- $_ := set $.texts "FOLKMOOT_MESSAGING_RELAY_CA_FILE" "/etc/folkmoot/mail/ca.crt" -}}{{- end -}}
{{- with $mail.bounceDomain -}}{{- $_ := set $.texts "FOLKMOOT_MESSAGING_BOUNCE_DOMAIN" . -}}{{- end -}}
{{- with $mail.credentials -}}
{{- if and .enabled .existingSecret -}}
{{- include "folkmoot.env.secret" (dict "into" $.env "name" "FOLKMOOT_MESSAGING_RELAY_USER" "secret" .existingSecret "key" .userKey) -}}
{{- include "folkmoot.env.secret" (dict "into" $.env "name" "FOLKMOOT_MESSAGING_RELAY_PASSWORD" "secret" .existingSecret "key" .passwordKey) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "folkmoot.env.geocoder" -}}
{{- $geocoder := .root.Values.geocoder -}}
{{- if $geocoder.provider -}}
{{- $_ := set .texts "FOLKMOOT_GEOLOCATION_PROVIDER" $geocoder.provider -}}
{{- $_ := set .texts "FOLKMOOT_GEOLOCATION_PROVIDER_URL" $geocoder.url -}}
{{- with $geocoder.tenants -}}{{- $_ := set $.texts "FOLKMOOT_GEOLOCATION_PROVIDER_TENANTS" (join "," .) -}}{{- end -}}
{{- with $geocoder.existingSecret -}}
{{- include "folkmoot.env.secret" (dict "into" $.env "name" "FOLKMOOT_GEOLOCATION_PROVIDER_KEY" "secret" . "key" $geocoder.key) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "folkmoot.env.files" -}}
{{- if ne .root.Values.data.source "none" -}}
{{- $files := .root.Values.data.files -}}
{{- $mmdb := list -}}{{- range $files.mmdb -}}{{- $mmdb = append $mmdb (printf "/data/%s" .) -}}{{- end -}}
{{- $texts := .texts -}}
{{- if eq .service "postcodes" -}}
{{- with $files.postcodes -}}{{- $_ := set $texts "FOLKMOOT_POSTCODES_FILE" (printf "/data/%s" .) -}}{{- end -}}
{{- with $files.areas -}}{{- $_ := set $texts "FOLKMOOT_POSTCODES_AREAS" (printf "/data/%s" .) -}}{{- end -}}
{{- with $files.openNames -}}{{- $_ := set $texts "FOLKMOOT_POSTCODES_PLACES" (printf "/data/%s" .) -}}{{- end -}}
{{- else -}}
{{- with $files.places -}}{{- $_ := set $texts "FOLKMOOT_GEOLOCATION_PLACES" (printf "/data/%s" .) -}}{{- end -}}
{{- with $mmdb -}}{{- $_ := set $texts "FOLKMOOT_GEOLOCATION_MMDB" (join "," .) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
