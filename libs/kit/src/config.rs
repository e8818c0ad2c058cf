//! Settings from the environment. All errors are reported at once; secrets are never printed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    str::FromStr,
};

use crate::secret::Secret;

/// All errors of a configuration, one line each.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has {} error(s):\n  {}", .0.len(), .0.join("\n  "))]
pub struct ConfigErrors(pub Vec<String>);

/// Reads settings and collects their errors, which [`Env::finish`] returns once all settings are read.
#[derive(Debug, Default)]
pub struct Env {
    vars: BTreeMap<String, String>,
    errors: BTreeSet<String>,
}

impl Env {
    /// Reads the environment of the process.
    pub fn from_process() -> Self {
        Self::from_pairs(std::env::vars())
    }

    /// Reads the given settings. For tests and `folkmoot all`.
    pub fn from_pairs<K: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let vars = pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
        Self { vars, errors: BTreeSet::new() }
    }

    /// A required setting.
    pub fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.error(format!("{name} is not set"));
            String::new()
        })
    }

    /// A setting with a default.
    pub fn text(&mut self, name: &str, default: &str) -> String {
        self.optional(name).unwrap_or_else(|| default.to_owned())
    }

    /// An optional setting. An empty value counts as absent.
    pub fn optional(&mut self, name: &str) -> Option<String> {
        self.vars.get(name).filter(|v| !v.is_empty()).cloned()
    }

    /// A parsed setting. `default` is written as an operator would write it, e.g. `"30"`.
    pub fn parse<T: FromStr<Err: Display> + Default>(&mut self, name: &str, default: &str) -> T {
        let text = self.text(name, default);
        self.parse_text(name, &text).unwrap_or_default()
    }

    /// A parsed setting of a type that does not implement `Default`, such as a socket address.
    pub fn parse_or<T: FromStr<Err: Display>>(&mut self, name: &str, default: T) -> T {
        match self.optional(name) {
            Some(text) => self.parse_text(name, &text).unwrap_or(default),
            None => default,
        }
    }

    /// A required secret, from `NAME` or from the file that `NAME_FILE` names.
    pub fn secret(&mut self, name: &str) -> Secret {
        self.optional_secret(name).unwrap_or_else(|| {
            self.error(format!("neither {name} nor {name}_FILE is set"));
            Secret::default()
        })
    }

    /// An optional secret, from `NAME` or from the file that `NAME_FILE` names.
    pub fn optional_secret(&mut self, name: &str) -> Option<Secret> {
        if let Some(text) = self.optional(name) {
            return Some(Secret::new(text));
        }
        let path = self.optional(&format!("{name}_FILE"))?;
        match std::fs::read_to_string(&path) {
            Ok(text) => Some(Secret::new(text.trim_end())),
            Err(error) => {
                self.error(format!("{name}_FILE: {path}: {error}"));
                Some(Secret::default())
            }
        }
    }

    /// Records an error found by the caller, such as two settings that contradict each other.
    pub fn error(&mut self, error: impl Into<String>) {
        self.errors.insert(error.into());
    }

    /// Fails if there were errors.
    pub fn finish(self) -> Result<(), ConfigErrors> {
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(ConfigErrors(self.errors.into_iter().collect()))
        }
    }

    fn parse_text<T: FromStr<Err: Display>>(&mut self, name: &str, text: &str) -> Option<T> {
        text.parse().map_err(|error| self.error(format!("{name}: {error}"))).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_errors_are_reported_at_once_without_secrets() {
        let mut env = Env::from_pairs([("FOLKMOOT_N", "many"), ("FOLKMOOT_S", "hunter2")]);
        let _: u16 = env.parse("FOLKMOOT_N", "1");
        env.required("FOLKMOOT_MISSING");
        let secret = env.secret("FOLKMOOT_S");
        let report = format!("{} {secret:?}", env.finish().unwrap_err());
        assert!(
            report.contains("FOLKMOOT_N: invalid digit")
                && report.contains("FOLKMOOT_MISSING is not set")
        );
        assert!(!report.contains("hunter2"));
    }
}
