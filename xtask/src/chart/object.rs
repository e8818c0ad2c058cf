//! A rendered object of Kubernetes.

use serde::Deserialize as _;
use serde_json::Value;

static NOTHING: Value = Value::Null;

/// An object as the chart rendered it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Object(pub(super) Value);

impl Object {
    /// The objects of a YAML stream, by kind and name.
    pub(super) fn parse(text: &str) -> anyhow::Result<Vec<Self>> {
        let mut objects = Vec::new();
        for document in serde_yaml_ng::Deserializer::from_str(text) {
            let value = Value::deserialize(document)?;
            if !value.is_null() {
                objects.push(Self(value));
            }
        }
        objects.sort_by_key(Self::id);
        Ok(objects)
    }

    /// The value at a JSON pointer; null if there is none.
    pub(super) fn at(&self, pointer: &str) -> &Value {
        self.0.pointer(pointer).unwrap_or(&NOTHING)
    }

    pub(super) fn kind(&self) -> &str {
        self.at("/kind").as_str().unwrap_or_default()
    }

    pub(super) fn name(&self) -> &str {
        self.at("/metadata/name").as_str().unwrap_or_default()
    }

    pub(super) fn id(&self) -> String {
        format!("{} {}", self.kind(), self.name())
    }

    pub(super) fn is(&self, kind: &str) -> bool {
        self.kind() == kind
    }

    /// The pod that it makes: an object with `metadata` and `spec`.
    pub(super) fn pod(&self) -> Option<&Value> {
        match self.kind() {
            "Pod" => Some(&self.0),
            "Deployment" | "Job" => self.0.pointer("/spec/template"),
            "CronJob" => self.0.pointer("/spec/jobTemplate/spec/template"),
            _ => None,
        }
    }
}

/// The containers of a pod, the ones that run first too.
pub(super) fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    ["/spec/initContainers", "/spec/containers"].into_iter().flat_map(|at| list(pod, at))
}

/// The members of a list; none if there is no list.
pub(super) fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

/// A text; empty if there is none.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A number; zero if there is none.
pub(super) fn number(value: &Value, pointer: &str) -> i64 {
    value.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
}

/// Whether labels contain all that a selector asks for.
pub(super) fn matches(selector: &Value, labels: &Value) -> bool {
    let wanted = selector.as_object().into_iter().flatten();
    wanted.into_iter().all(|(key, value)| labels.get(key) == Some(value))
}
