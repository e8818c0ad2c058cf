{{- define "folkmoot.fullname" -}}
{{- .Values.fullnameOverride | default .Release.Name | replace "." "-" | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* Labels that never change: selectors are immutable. (dict "root" $ "component" … "role" …) */}}
{{- define "folkmoot.selector" -}}
app.kubernetes.io/name: folkmoot
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
folkmoot.org/role: {{ .role }}
{{- end -}}

{{/* Labels of every object. (dict "root" $) */}}
{{- define "folkmoot.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: folkmoot
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The metadata of an object. (dict "root" $ "name" … "component" … "role" … "labels" … "annotations" …) */}}
{{- define "folkmoot.metadata" -}}
name: {{ .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "folkmoot.labels" . | nindent 2 }}
  {{- if .component }}
  {{- include "folkmoot.selector" . | nindent 2 }}
  {{- else }}
  app.kubernetes.io/name: folkmoot
  app.kubernetes.io/instance: {{ .root.Release.Name }}
  {{- end }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with mergeOverwrite (deepCopy .root.Values.commonAnnotations) (deepCopy (.annotations | default dict)) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "folkmoot.image" -}}
{{- $image := .Values.image -}}
{{- $path := $image.repository -}}
{{- with $image.registry }}{{ $path = printf "%s/%s" . $image.repository }}{{ end -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $path $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $path ($image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}
