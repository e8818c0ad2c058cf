{{/* A Job that runs once for each image and set of arguments: its name is a digest of its pod, since a Job's pod is immutable.
(dict "root" $ "what" "migrate" "args" list "first" dict "env" dict "secret" … "account" … "token" bool) */}}
{{- define "folkmoot.job" -}}
{{- $pod := include "folkmoot.job.pod" . -}}
{{- $name := printf "%s-%s-%s" (include "folkmoot.fullname" .root) .what (sha256sum $pod | trunc 8) -}}
---
apiVersion: batch/v1
kind: Job
metadata:
  {{- include "folkmoot.metadata" (dict "root" .root "name" $name "component" .what "role" "job") | nindent 2 }}
spec:
  backoffLimit: {{ .root.Values.migrations.backoffLimit }}
  template:
    {{- $pod | nindent 4 }}
{{- end -}}

{{- define "folkmoot.job.pod" -}}
metadata:
  labels:
    {{- include "folkmoot.selector" (dict "root" .root "component" .what "role" "job") | nindent 4 }}
spec:
  {{- include "folkmoot.pod.base" (dict "root" .root "account" (.account | default (printf "%s-jobs" (include "folkmoot.fullname" .root)))) | nindent 2 }}
  restartPolicy: OnFailure
  containers:
    - name: {{ .what }}
      {{- include "folkmoot.container.base" (dict "root" .root) | nindent 6 }}
      args: {{ toJson .args }}
      {{- with .secret }}
      envFrom:
        - secretRef:
            name: {{ . }}
      {{- end }}
      {{- if or .first .env }}
      env:
        {{- include "folkmoot.env.list" (dict "first" .first "env" .env) | nindent 8 }}
      {{- end }}
      {{- include "folkmoot.container.little" . | nindent 6 }}
      volumeMounts:
        {{- include "folkmoot.mounts" (dict "root" .root) | nindent 8 }}
        {{- if .token }}
        - name: token
          mountPath: /var/run/secrets/kubernetes.io/serviceaccount
          readOnly: true
        {{- end }}
  volumes:
    {{- include "folkmoot.volumes" (dict "root" .root) | nindent 4 }}
    {{- if .token }}
    {{- include "folkmoot.token.volume" . | nindent 4 }}
    {{- end }}
{{- end -}}
