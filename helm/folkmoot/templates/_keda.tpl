{{/* Scales workers by the lag of their consumer group. KEDA takes texts only. (dict "root" $ "workload" …) */}}
{{- define "folkmoot.scaledObject" -}}
{{- $root := .root -}}{{- $w := .workload -}}{{- $kafka := .root.Values.kafka -}}
{{- $auto := $w.scale.autoscaling -}}
{{- $facts := get (include "folkmoot.table" .root | fromJson) $w.runs }}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  {{- $takeOver := dict "scaledobject.keda.sh/transfer-hpa-ownership" "true" }}
  {{- include "folkmoot.metadata" (dict "root" $root "name" $w.name "component" $w.component "role" $w.role "annotations" (mergeOverwrite $takeOver $root.Values.keda.annotations)) | nindent 2 }}
spec:
  scaleTargetRef:
    name: {{ $w.name }}
  pollingInterval: {{ $auto.pollingSeconds }}
  minReplicaCount: {{ $w.least }}
  maxReplicaCount: {{ $w.most }}
  fallback:
    failureThreshold: 5
    replicas: {{ $w.least }}
  advanced:
    horizontalPodAutoscalerConfig:
      name: {{ $w.name }}
      {{- /* `cooldownPeriod` is only for the last pod, which stays. */}}
      behavior:
        scaleDown:
          stabilizationWindowSeconds: {{ $auto.cooldownSeconds }}
  triggers:
    {{- range $facts.consumes }}
    - type: kafka
      metadata:
        bootstrapServers: {{ join "," $kafka.brokers | quote }}
        consumerGroup: {{ printf "%s.%s" $kafka.topicPrefix $w.runs | quote }}
        topic: {{ printf "%s.%s" $kafka.topicPrefix . | quote }}
        lagThreshold: {{ $auto.lag | int | quote }}
        limitToPartitionsWithLag: "true"
        offsetResetPolicy: "earliest"
        {{- with $kafka.saslMechanism }}
        sasl: {{ eq . "PLAIN" | ternary "plaintext" (lower . | replace "scram-sha-" "scram_sha") | quote }}
        {{- end }}
        {{- if hasSuffix "ssl" $kafka.securityProtocol }}
        tls: "enable"
        {{- end }}
      {{- if include "folkmoot.keda.auth" $root }}
      authenticationRef:
        name: {{ $w.name }}
      {{- end }}
    {{- end }}
{{- if include "folkmoot.keda.auth" $root }}
---
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata:
  {{- include "folkmoot.metadata" (dict "root" $root "name" $w.name "component" $w.component "role" $w.role) | nindent 2 }}
spec:
  {{- if $kafka.saslMechanism }}
  {{- /* Read from the pods' own environment, whichever Secret it comes from. */}}
  env:
    - parameter: username
      name: FOLKMOOT_KAFKA_SASL_USERNAME
      containerName: folkmoot
    - parameter: password
      name: FOLKMOOT_KAFKA_SASL_PASSWORD
      containerName: folkmoot
  {{- end }}
  {{- if and $kafka.ca.name (eq $kafka.ca.kind "Secret") }}
  secretTargetRef:
    - parameter: ca
      name: {{ $kafka.ca.name }}
      key: {{ $kafka.ca.key }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "folkmoot.keda.auth" -}}
{{- if or .Values.kafka.saslMechanism (and .Values.kafka.ca.name (eq .Values.kafka.ca.kind "Secret")) }}true{{ end -}}
{{- end -}}
