//! Settings from the environment: every fault reported at once, secrets never printed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    str::FromStr,
};

use crate::secret::Secret;

/// All faults of a configuration, one line each.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has {} fault(s):\n  {}", .0.len(), .0.join("\n  "))]
pub struct Faults(pub Vec<String>);

/// Reads settings and gathers what is wrong with them. After the reading, [`Env::finish`] must be asked.
#[derive(Debug, Default)]
pub struct Env {
    vars: BTreeMap<String, String>,
    faults: BTreeSet<String>,
}

impl Env {
    /// The process's environment.
    pub fn from_process() -> Self {
        Self::from_pairs(std::env::vars())
    }

    /// Given settings, for tests and for `folkmoot all`.
    pub fn from_pairs<K: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let vars = pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
        Self { vars, faults: BTreeSet::new() }
    }

    /// A setting that must be there.
    pub fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.fault(format!("{name} is not set"));
            String::new()
        })
    }

    /// A setting with a default.
    pub fn text(&mut self, name: &str, default: &str) -> String {
        self.optional(name).unwrap_or_else(|| default.to_owned())
    }

    /// A setting that may be absent. An empty value counts as absent.
    pub fn optional(&mut self, name: &str) -> Option<String> {
        self.vars.get(name).filter(|v| !v.is_empty()).cloned()
    }

    /// A parsed setting; `default` is written as the operator would write it.
    pub fn parse<T: FromStr<Err: Display> + Default>(&mut self, name: &str, default: &str) -> T {
        let text = self.text(name, default);
        self.parsed(name, &text).unwrap_or_default()
    }

    /// A parsed setting of a type without a default value, such as an address.
    pub fn parse_or<T: FromStr<Err: Display>>(&mut self, name: &str, default: T) -> T {
        match self.optional(name) {
            Some(text) => self.parsed(name, &text).unwrap_or(default),
            None => default,
        }
    }

    /// A secret that must be there, in `NAME` or in the file that `NAME_FILE` names.
    pub fn secret(&mut self, name: &str) -> Secret {
        self.optional_secret(name).unwrap_or_else(|| {
            self.fault(format!("neither {name} nor {name}_FILE is set"));
            Secret::default()
        })
    }

    /// A secret that may be absent.
    pub fn optional_secret(&mut self, name: &str) -> Option<Secret> {
        if let Some(text) = self.optional(name) {
            return Some(Secret::new(text));
        }
        let path = self.optional(&format!("{name}_FILE"))?;
        match std::fs::read_to_string(&path) {
            Ok(text) => Some(Secret::new(text.trim_end())),
            Err(error) => {
                self.fault(format!("{name}_FILE: {path}: {error}"));
                Some(Secret::default())
            }
        }
    }

    /// Records a fault found by the caller, such as two settings that contradict each other.
    pub fn fault(&mut self, fault: impl Into<String>) {
        self.faults.insert(fault.into());
    }

    /// All faults, or nothing.
    pub fn finish(self) -> Result<(), Faults> {
        if self.faults.is_empty() { Ok(()) } else { Err(Faults(self.faults.into_iter().collect())) }
    }

    fn parsed<T: FromStr<Err: Display>>(&mut self, name: &str, text: &str) -> Option<T> {
        text.parse().map_err(|error| self.fault(format!("{name}: {error}"))).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_faults_are_told_at_once_and_no_secret_among_them() {
        let mut env = Env::from_pairs([("FOLKMOOT_N", "many"), ("FOLKMOOT_S", "hunter2")]);
        let _: u16 = env.parse("FOLKMOOT_N", "1");
        env.required("FOLKMOOT_MISSING");
        let secret = env.secret("FOLKMOOT_S");
        let told = format!("{} {secret:?}", env.finish().unwrap_err());
        assert!(
            told.contains("FOLKMOOT_N: invalid digit")
                && told.contains("FOLKMOOT_MISSING is not set")
        );
        assert!(!told.contains("hunter2"));
    }
}
