//! Guessing passwords is slowed and nobody is locked out: each wrong password from a network makes that network wait longer
//! before its next one for the same account, while the same person signs in from anywhere else at once. Guesses from many
//! networks share one limit of the account, which spares the networks from which the person has signed in before.
//!
//! Accounts are counted by their normal form whether they exist or not, so nothing here tells which do.

mod delays;
mod local;

use std::{sync::Arc, time::Duration};

use redis::Script;

use self::{
    delays::{FAILURES_KEPT, NETWORK_KNOWN, TRIES, delays},
    local::Local,
};
use super::{
    policy::{Policy, State},
    scripts::Scripts,
    shared::{times, whole_seconds},
};

/// The limit of (account, network), as callers see it.
const NAME: &str = "sign_in";

/// Whose password is tried from where, as keyed hashes.
#[derive(Clone)]
pub(crate) struct Names {
    pub(crate) account: String,
    /// The account and the network together: one name, so that nobody can list the networks of an account.
    pub(crate) pair: String,
}

/// A password that is being checked. It counts as wrong until it is settled otherwise.
pub(crate) struct Attempt {
    names: Names,
    counted_in_redis: bool,
    charged_account: bool,
    /// What the caller is told if the password is wrong.
    pub(crate) state: State,
}

/// How a check ended that did not find the password wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Right,
    /// It could not be checked.
    Unknown,
}

/// Which limit keeps a password from being checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Delay,
    Account,
}

/// What Redis or the memory of this replica says when a check is to begin.
struct Answer {
    refusal: Option<Refusal>,
    failures: u32,
    wait_seconds: u32,
    charged_account: bool,
}

/// The delays of all accounts.
pub(crate) struct SignIns {
    scripts: Arc<Scripts>,
    begin: Script,
    end: Script,
    local: Local,
    account: Policy,
}

impl SignIns {
    pub(super) fn new(scripts: Arc<Scripts>, account: Policy) -> Self {
        Self {
            scripts,
            begin: Script::new(include_str!("begin.lua")),
            end: Script::new(include_str!("end.lua")),
            local: Local::new(),
            account,
        }
    }

    /// Counts a password as wrong before it is checked; or the limit that keeps it from being checked now.
    pub(crate) async fn begin(&self, names: Names) -> Result<Attempt, State> {
        let shared = self.begin_shared(&names).await;
        let counted_in_redis = shared.is_some();
        let answer = shared.unwrap_or_else(|| self.local.begin(&names, &self.account));
        let (state, charged_account) = (self.state(&answer), answer.charged_account);
        match answer.refusal {
            Some(_refusal) => Err(state),
            None => Ok(Attempt { names, counted_in_redis, charged_account, state }),
        }
    }

    /// Takes back that a password was counted as wrong.
    pub(crate) async fn settle(&self, attempt: Attempt, outcome: Outcome) {
        let Attempt { names, counted_in_redis, charged_account, .. } = attempt;
        let charged_locally = charged_account && !counted_in_redis;
        self.local.settle(&names, outcome, charged_locally.then_some(&self.account));
        if outcome == Outcome::Unknown && !counted_in_redis {
            return;
        }
        let (interval, _window) = times(&self.account);
        let mut call = self.end.key(keys(&names));
        call.arg(u8::from(outcome == Outcome::Right))
            .arg(NETWORK_KNOWN.as_secs())
            .arg(u8::from(charged_account && counted_in_redis))
            .arg(interval);
        // Without Redis the password stays counted as wrong there: safe, and forgotten in a day.
        let _: Option<()> = self.scripts.run(&call).await;
    }

    async fn begin_shared(&self, names: &Names) -> Option<Answer> {
        let (interval, window) = times(&self.account);
        let mut call = self.begin.key(keys(names));
        call.arg(FAILURES_KEPT.as_secs()).arg(interval).arg(window);
        for delay in delays() {
            call.arg(micros(delay));
        }
        let (refusal, failures, wait, charged): (u8, u32, i64, u8) =
            self.scripts.run(&call).await?;
        let refusal = match refusal {
            0 => None,
            1 => Some(Refusal::Delay),
            _ => Some(Refusal::Account),
        };
        let wait_seconds = whole_seconds(wait);
        Some(Answer { refusal, failures, wait_seconds, charged_account: charged == 1 })
    }

    fn state(&self, answer: &Answer) -> State {
        let refused_for = answer.refusal.map_or(0, |_refusal| answer.wait_seconds);
        let (name, quota, window_seconds, remaining) = match answer.refusal {
            Some(Refusal::Account) => {
                (self.account.name, self.account.quota, self.account.window_seconds, 0)
            }
            _ => (NAME, TRIES, seconds(FAILURES_KEPT), TRIES.saturating_sub(answer.failures)),
        };
        let reset_seconds = if remaining > 0 { window_seconds } else { answer.wait_seconds };
        State { name, quota, window_seconds, remaining, reset_seconds, wait_seconds: refused_for }
    }
}

/// In the order that the scripts expect.
fn keys(names: &Names) -> Vec<String> {
    let Names { account, pair } = names;
    vec![
        format!("fm:si:failures:{pair}"),
        format!("fm:si:known:{pair}"),
        format!("fm:si:account:{account}"),
    ]
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Rounded up: nobody is asked to come back too early.
fn seconds(time: Duration) -> u32 {
    let whole = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    u32::try_from(whole).unwrap_or(u32::MAX)
}
