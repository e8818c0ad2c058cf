//! `pgbackrest.conf` as sections of options; comments are lost.

use std::fmt;

/// The section that every stanza inherits.
const GLOBAL: &str = "global";

pub(super) struct Ini(Vec<(String, Vec<(String, String)>)>);

impl Ini {
    pub(super) fn parse(text: &str) -> Self {
        let mut sections: Vec<(String, Vec<(String, String)>)> = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                sections.push((name.to_owned(), Vec::new()));
            } else if let (Some((key, value)), Some((_, options))) =
                (line.split_once('='), sections.last_mut())
            {
                options.push((key.to_owned(), value.to_owned()));
            }
        }
        Self(sections)
    }

    /// The names of the stanzas.
    pub(super) fn stanzas(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str()).filter(|name| *name != GLOBAL)
    }

    /// An option of a stanza, its own or the one that all have.
    pub(super) fn get(&self, stanza: &str, key: &str) -> Option<&str> {
        let own = |section: &str| {
            let (_, options) = self.0.iter().find(|(name, _)| name == section)?;
            options.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
        };
        own(stanza).or_else(|| own(GLOBAL))
    }

    /// Sets an option of a stanza.
    pub(super) fn set(&mut self, stanza: &str, key: &str, value: &str) {
        let section = self.0.iter_mut().find(|(name, _)| name == stanza);
        if let Some((_, options)) = section {
            options.retain(|(name, _)| name != key);
            options.push((key.to_owned(), value.to_owned()));
        }
    }
}

impl fmt::Display for Ini {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, options) in &self.0 {
            writeln!(f, "[{name}]")?;
            options.iter().try_for_each(|(key, value)| writeln!(f, "{key}={value}"))?;
        }
        Ok(())
    }
}
