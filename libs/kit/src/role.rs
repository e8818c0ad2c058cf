//! Which part of a service's work a process does, so that requests and background work can be scaled apart.

use std::str::FromStr;

use crate::config::Env;

/// The part that a process does; `FOLKMOOT_ROLE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Requests and background work.
    #[default]
    Both,
    /// Requests. Of the jobs only those run that keep this process up to date.
    Api,
    /// Relay, consumers, jobs. The service's own port stays closed.
    Worker,
}

impl Role {
    pub fn from_env(env: &mut Env) -> Self {
        env.parse("FOLKMOOT_ROLE", "both")
    }

    /// Whether the process serves requests.
    pub fn serves(self) -> bool {
        self != Self::Worker
    }

    /// Whether the process does background work.
    pub fn works(self) -> bool {
        self != Self::Api
    }
}

impl FromStr for Role {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "both" => Ok(Self::Both),
            "api" => Ok(Self::Api),
            "worker" => Ok(Self::Worker),
            _ => Err("must be both, api or worker"),
        }
    }
}
