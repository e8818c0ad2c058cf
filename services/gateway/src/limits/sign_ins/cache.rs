//! Delays after wrong passwords, in Redis or in the memory of this replica.

use std::{sync::Arc, time::Duration};

use redis::Script;

use self::local::Local;
use super::delays::{FAILURES_KEPT, NETWORK_KNOWN, TRIES, delays};
use crate::limits::{
    cache::scripts::{self, Scripts},
    policy::{Policy, State, whole_seconds},
    pseudonyms::SignIn,
};

mod local;

/// The limit of an account and a network, as callers see it.
const NAME: &str = "sign_in";

/// A password that is being checked. It counts as wrong until it is settled otherwise.
pub(crate) struct Attempt {
    sign_in: SignIn,
    is_in_redis: bool,
    charged_account: bool,
    /// The state of the limit if the password is wrong.
    pub(crate) state: State,
}

/// The result of a check that did not find the password wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Right,
    /// The password could not be checked.
    Unknown,
}

/// Which limit keeps a password from being checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Delay,
    Account,
}

/// What Redis or the memory of this replica decides before a check.
struct Decision {
    refusal: Option<Refusal>,
    failures: u32,
    wait: Duration,
    charged_account: bool,
}

pub(crate) struct SignIns {
    scripts: Arc<Scripts>,
    begin: Script,
    end: Script,
    local: Local,
    account: Policy,
}

impl SignIns {
    pub(in crate::limits) fn new(scripts: Arc<Scripts>, account: Policy) -> Self {
        Self {
            scripts,
            begin: Script::new(include_str!("cache/begin.lua")),
            end: Script::new(include_str!("cache/end.lua")),
            local: Local::new(),
            account,
        }
    }

    /// Counts a password as wrong before it is checked; the error is the limit that keeps it from being checked now.
    pub(crate) async fn begin(&self, sign_in: SignIn) -> Result<Attempt, State> {
        let shared = self.begin_shared(&sign_in).await;
        let is_in_redis = shared.is_some();
        let decision = shared.unwrap_or_else(|| self.local.begin(&sign_in, &self.account));
        let (state, charged_account) = (self.state(&decision), decision.charged_account);
        match decision.refusal {
            Some(_refusal) => Err(state),
            None => Ok(Attempt { sign_in, is_in_redis, charged_account, state }),
        }
    }

    /// Stops counting a password as wrong.
    pub(crate) async fn settle(&self, attempt: Attempt, outcome: Outcome) {
        let Attempt { sign_in, is_in_redis, charged_account, .. } = attempt;
        let charged_locally = charged_account && !is_in_redis;
        self.local.settle(&sign_in, outcome, charged_locally.then_some(&self.account));
        if outcome == Outcome::Unknown && !is_in_redis {
            return;
        }
        let (interval, _window) = scripts::micros(&self.account);
        let mut call = self.end.key(keys(&sign_in));
        call.arg(u8::from(outcome == Outcome::Right))
            .arg(NETWORK_KNOWN.as_secs())
            .arg(u8::from(charged_account && is_in_redis))
            .arg(interval);
        // Without Redis the password stays counted as wrong there, which is safe, and forgotten in a day.
        let _: Option<()> = self.scripts.run(&call).await;
    }

    async fn begin_shared(&self, sign_in: &SignIn) -> Option<Decision> {
        let (interval, window) = scripts::micros(&self.account);
        let mut call = self.begin.key(keys(sign_in));
        call.arg(FAILURES_KEPT.as_secs()).arg(interval).arg(window);
        for delay in delays() {
            call.arg(u64::try_from(delay.as_micros()).unwrap_or(u64::MAX));
        }
        let (refusal, failures, wait, charged): (u8, u32, i64, u8) =
            self.scripts.run(&call).await?;
        let refusal = match refusal {
            0 => None,
            1 => Some(Refusal::Delay),
            _ => Some(Refusal::Account),
        };
        let wait = Duration::from_micros(u64::try_from(wait).unwrap_or_default());
        Some(Decision { refusal, failures, wait, charged_account: charged == 1 })
    }

    fn state(&self, decision: &Decision) -> State {
        let wait_seconds = whole_seconds(decision.wait);
        let (name, quota, window_seconds, remaining) = match decision.refusal {
            Some(Refusal::Account) => {
                (self.account.name, self.account.quota, self.account.window_seconds, 0)
            }
            _ => {
                (NAME, TRIES, whole_seconds(FAILURES_KEPT), TRIES.saturating_sub(decision.failures))
            }
        };
        State {
            name,
            quota,
            window_seconds,
            remaining,
            reset_seconds: if remaining > 0 { window_seconds } else { wait_seconds },
            wait_seconds: if decision.refusal.is_some() { wait_seconds } else { 0 },
        }
    }
}

/// In the order of the scripts.
fn keys(sign_in: &SignIn) -> Vec<String> {
    let SignIn { account, pair } = sign_in;
    vec![
        format!("fm:si:failures:{pair}"),
        format!("fm:si:known:{pair}"),
        format!("fm:si:account:{account}"),
    ]
}
