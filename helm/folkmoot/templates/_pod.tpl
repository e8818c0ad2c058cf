{{/* Parts of every pod: Deployments, Jobs, the import and the test. */}}

{{/* Fields of a pod's spec that never differ. (dict "root" $ "account" …) */}}
{{- define "folkmoot.pod.base" -}}
serviceAccountName: {{ .account }}
automountServiceAccountToken: false
{{- /* A Service `folkmoot-keyring` would otherwise set FOLKMOOT_KEYRING_PORT in every pod of the namespace. */}}
enableServiceLinks: false
securityContext:
  {{- toYaml .root.Values.securityContext.pod | nindent 2 }}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* Fields of a container that never differ. (dict "root" $ "image" …) */}}
{{- define "folkmoot.container.base" -}}
image: {{ .image | default (include "folkmoot.image" .root) | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  {{- toYaml .root.Values.securityContext.container | nindent 2 }}
{{- end -}}

{{/* Small needs of containers that run a moment. */}}
{{- define "folkmoot.container.little" -}}
resources:
  requests:
    cpu: 10m
    memory: 32Mi
  limits:
    memory: 128Mi
{{- end -}}

{{- define "folkmoot.volumes" -}}
{{- $root := .root -}}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- range $name, $ca := dict "postgres-ca" $root.Values.postgres.ca "kafka-ca" $root.Values.kafka.ca "mail-ca" $root.Values.mail.ca }}
{{- if $ca.name }}
- name: {{ $name }}
  {{- if eq $ca.kind "Secret" }}
  secret:
    secretName: {{ $ca.name }}
  {{- else }}
  configMap:
    name: {{ $ca.name }}
  {{- end }}
    items:
      - key: {{ $ca.key }}
        path: ca.crt
{{- end }}
{{- end }}
{{- end -}}

{{- define "folkmoot.mounts" -}}
- name: tmp
  mountPath: /tmp
{{- range $of := list "postgres" "kafka" "mail" }}
{{- if (get $.root.Values $of).ca.name }}
- name: {{ $of }}-ca
  mountPath: /etc/folkmoot/{{ $of }}
  readOnly: true
{{- end }}
{{- end }}
{{- end -}}

{{/* The volume with the data files, for services that read them. (dict "root" $) */}}
{{- define "folkmoot.data.volume" -}}
{{- $data := .root.Values.data -}}
- name: data
  {{- if eq $data.source "claim" }}
  persistentVolumeClaim:
    claimName: {{ $data.claim.existing | default (printf "%s-data" (include "folkmoot.fullname" .root)) }}
    readOnly: true
  {{- else if eq $data.source "imageVolume" }}
  image:
    reference: {{ $data.image.reference | quote }}
    pullPolicy: {{ .root.Values.image.pullPolicy }}
  {{- else }}
  emptyDir:
    sizeLimit: {{ $data.claim.size }}
  {{- end }}
{{- end -}}

{{/* Copies the data image's files. (dict "root" $) */}}
{{- define "folkmoot.data.copy" -}}
- name: copy-data
  {{- include "folkmoot.container.base" (dict "root" .root "image" .root.Values.data.image.reference) | nindent 2 }}
  command: {{ toJson .root.Values.data.image.copy }}
  {{- include "folkmoot.container.little" . | nindent 2 }}
  volumeMounts:
    - name: data
      mountPath: /target
{{- end -}}

{{/* Waits for the schemas, so that a pod starts late rather than fails. (dict "root" $ "workload" …) */}}
{{- define "folkmoot.schema.wait" -}}
{{- $first := dict -}}{{- $env := dict -}}
{{- $isAll := eq .workload.runs "all" -}}
{{- if not $isAll -}}
{{- include "folkmoot.env.database" (dict "root" .root "service" .workload.runs "first" $first "env" $env) -}}
{{- else -}}
{{- include "folkmoot.env.authorities" (dict "root" .root "env" $env) -}}
{{- end -}}
- name: wait-for-schema
  {{- include "folkmoot.container.base" (dict "root" .root) | nindent 2 }}
  args: {{ toJson (ternary (list "migrate" "--wait") (list "migrate" "--wait" .workload.runs) $isAll) }}
  {{- if $isAll }}
  envFrom:
    - secretRef:
        name: {{ include "folkmoot.secret" (dict "root" .root "service" "") }}
  {{- end }}
  {{- if or $first $env }}
  env:
    {{- include "folkmoot.env.list" (dict "first" $first "env" $env) | nindent 4 }}
  {{- end }}
  {{- include "folkmoot.container.little" . | nindent 2 }}
  volumeMounts:
    {{- include "folkmoot.mounts" . | nindent 4 }}
{{- end -}}

{{- define "folkmoot.probes" -}}
startupProbe:
  httpGet:
    path: /livez
    port: admin
  periodSeconds: 1
  timeoutSeconds: 1
  failureThreshold: 60
livenessProbe:
  httpGet:
    path: /livez
    port: admin
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet:
    path: /readyz
    port: admin
  periodSeconds: 3
  timeoutSeconds: 3
  failureThreshold: 2
{{- end -}}

{{/* Catches the emails of a trial. */}}
{{- define "folkmoot.catcher" -}}
- name: catch-mail
  {{- include "folkmoot.container.base" (dict "root" .root) | nindent 2 }}
  args: [catch-mail, --listen, "127.0.0.1:2525", --dir, /mail]
  {{- include "folkmoot.container.little" . | nindent 2 }}
  volumeMounts:
    - name: mail
      mountPath: /mail
{{- end -}}

{{/* The pod of a Deployment. (dict "root" $ "workload" …) */}}
{{- define "folkmoot.pod" -}}
{{- $root := .root -}}{{- $w := .workload -}}{{- $s := .workload.settings -}}
{{- $table := include "folkmoot.table" .root | fromJson -}}
{{- $isAll := eq $w.runs "all" -}}
{{- $facts := get $table $w.runs | default dict -}}
{{- $hasData := and (or $isAll $facts.files) (ne $root.Values.data.source "none") -}}
{{- $first := dict -}}{{- $env := dict -}}
{{- include "folkmoot.env.workload" (dict "root" $root "workload" $w "first" $first "env" $env) -}}
metadata:
  labels:
    {{- include "folkmoot.selector" (dict "root" $root "component" $w.component "role" $w.role) | nindent 4 }}
    {{- with mergeOverwrite (deepCopy $root.Values.commonLabels) $s.pod.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- $annotations := mergeOverwrite (deepCopy $root.Values.commonAnnotations) $s.pod.annotations }}
  {{- with $root.Values.secrets.revision }}{{ $_ := set $annotations "folkmoot.org/secrets-revision" . }}{{ end }}
  {{- with $annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- include "folkmoot.pod.base" (dict "root" $root "account" (printf "%s-%s" (include "folkmoot.fullname" $root) $w.component)) | nindent 2 }}
  terminationGracePeriodSeconds: {{ include "folkmoot.grace" $s }}
  {{- with $s.pod.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with $s.pod.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $s.pod.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $s.pod.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: {{ $s.pod.whenUnsatisfiable }}
      labelSelector:
        matchLabels:
          {{- include "folkmoot.selector" (dict "root" $root "component" $w.component "role" $w.role) | nindent 10 }}
      matchLabelKeys: [pod-template-hash]
    {{- end }}
  {{- if or $isAll $facts.database (and $hasData (eq $root.Values.data.source "image")) }}
  initContainers:
    {{- if and $hasData (eq $root.Values.data.source "image") }}
    {{- include "folkmoot.data.copy" (dict "root" $root) | nindent 4 }}
    {{- end }}
    {{- if or $isAll $facts.database }}
    {{- include "folkmoot.schema.wait" (dict "root" $root "workload" $w) | nindent 4 }}
    {{- end }}
  {{- end }}
  containers:
    - name: folkmoot
      {{- include "folkmoot.container.base" (dict "root" $root) | nindent 6 }}
      args: [{{ $w.runs }}]
      {{- if $isAll }}
      envFrom:
        - secretRef:
            name: {{ include "folkmoot.secret" (dict "root" $root "service" "") }}
      {{- end }}
      env:
        {{- include "folkmoot.env.list" (dict "first" $first "env" $env) | nindent 8 }}
      ports:
        {{- if ne $w.does "worker" }}
        - name: http
          containerPort: {{ $isAll | ternary $table.gateway.port $facts.port }}
        {{- end }}
        - name: admin
          containerPort: {{ add ($isAll | ternary $table.gateway.port $facts.port) 1000 }}
      {{- include "folkmoot.probes" . | nindent 6 }}
      {{- with $s.preStopSeconds }}
      lifecycle:
        preStop:
          sleep:
            seconds: {{ . }}
      {{- end }}
      resources:
        {{- toYaml $w.scale.resources | nindent 8 }}
      volumeMounts:
        {{- include "folkmoot.mounts" (dict "root" $root) | nindent 8 }}
        {{- if $hasData }}
        - name: data
          mountPath: /data
          readOnly: true
        {{- end }}
    {{- if $isAll }}
    {{- include "folkmoot.catcher" (dict "root" $root) | nindent 4 }}
    {{- end }}
  volumes:
    {{- include "folkmoot.volumes" (dict "root" $root) | nindent 4 }}
    {{- if $hasData }}
    {{- include "folkmoot.data.volume" (dict "root" $root) | nindent 4 }}
    {{- end }}
    {{- if $isAll }}
    - name: mail
      emptyDir:
        sizeLimit: 256Mi
    {{- end }}
{{- end -}}
