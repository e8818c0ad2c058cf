//! The numbers. Every limit is a quota for a window: a minute, or an hour for sign-ins to one account. All are multiplied by
//! `FOLKMOOT_GATEWAY_LIMIT_SCALE`.

use super::policy::Policy;
use crate::table::Class;

/// The window of every limit but one.
const WINDOW_SECONDS: u32 = 60;

/// Requests a minute of one class.
struct Quotas {
    class: Class,
    /// By one session or secret key.
    credential: u32,
    /// By one publishable key, which all visitors of a page share.
    publishable: u32,
    /// By one network (/24, /64) without a secret key: a household, an office, a mobile operator's exit.
    network: u32,
}

/// Actions in one campaign a minute, over all keys: as many as a campaign on the evening news reaches.
const CAMPAIGN_ACTIONS: u32 = 60_000;

/// Passwords tried for one account in [`ACCOUNT_SECONDS`] from networks where nobody has signed in to it yet: 960 guesses a
/// day however many networks send them. One network alone cannot use this up, since its delays grow faster.
const ACCOUNT_TRIES: u32 = 40;
/// An hour.
const ACCOUNT_SECONDS: u32 = 3_600;

/// All requests of a network without a session or secret key of their own: as many as its limits below allow together, each
/// with the preflight of a browser. What is within those limits is never refused by this one.
const REQUESTS: u32 = 3_000;
/// Misses of a network: unknown paths and methods, malformed links, no credential where one is required. A page with a broken
/// link causes one for each visitor; a school behind one address stays far below this.
const MISSES: u32 = 120;
/// Credentials of a network that are not valid. Expired tokens are renewed after one of them; guesses get one a second.
const FAILED_CREDENTIALS: u32 = 60;

/// Open connections of one network. Only peers that are not trusted proxies are counted: a hundred browsers of an office at
/// six connections each, and as many servers.
pub(crate) const CONNECTIONS: u32 = 1_000;

const QUOTAS: &[Quotas] = &[
    Quotas { class: Class::Read, credential: 3_000, publishable: 60_000, network: 600 },
    Quotas { class: Class::Write, credential: 600, publishable: 600, network: 120 },
    Quotas { class: Class::Act, credential: 6_000, publishable: 60_000, network: 30 },
    Quotas { class: Class::Geo, credential: 6_000, publishable: 60_000, network: 300 },
    Quotas { class: Class::Bulk, credential: 30, publishable: 30, network: 30 },
    Quotas { class: Class::SignIn, credential: 10, publishable: 10, network: 10 },
    Quotas { class: Class::Renew, credential: 60, publishable: 60, network: 60 },
    Quotas { class: Class::Page, credential: 120, publishable: 120, network: 120 },
    Quotas { class: Class::Document, credential: 600, publishable: 600, network: 600 },
];

/// The limits of one class.
pub(crate) struct ClassPolicies {
    class: Class,
    pub(crate) credential: Policy,
    pub(crate) publishable: Policy,
    pub(crate) network: Policy,
}

/// The limits of admission, by network.
#[derive(Clone)]
pub(crate) struct AdmissionPolicies {
    pub(crate) requests: Policy,
    pub(crate) misses: Policy,
    pub(crate) failed_credentials: Policy,
}

/// All limits, scaled.
pub(crate) struct Policies {
    classes: Vec<ClassPolicies>,
    pub(crate) campaign: Policy,
    pub(crate) account: Policy,
    pub(crate) admission: AdmissionPolicies,
}

impl Policies {
    pub(crate) fn new(scale: f64) -> Self {
        let policy = |name, class: &str, quota| Policy {
            name,
            id: format!("{class}.{name}"),
            quota: scaled(quota, scale),
            window_seconds: WINDOW_SECONDS,
        };
        let classes = QUOTAS.iter().map(|quotas| {
            let class = quotas.class.as_str();
            ClassPolicies {
                class: quotas.class,
                credential: policy("credential", class, quotas.credential),
                publishable: Policy {
                    id: format!("{class}.publishable"),
                    ..policy("credential", class, quotas.publishable)
                },
                network: policy("network", class, quotas.network),
            }
        });
        Self {
            classes: classes.collect(),
            campaign: policy("campaign", "act", CAMPAIGN_ACTIONS),
            account: Policy {
                window_seconds: ACCOUNT_SECONDS,
                ..policy("account", "sign_in", ACCOUNT_TRIES)
            },
            admission: AdmissionPolicies {
                requests: policy("requests", "admission", REQUESTS),
                misses: policy("misses", "admission", MISSES),
                failed_credentials: policy("failed_credentials", "admission", FAILED_CREDENTIALS),
            },
        }
    }

    pub(crate) fn find(&self, class: Class) -> Option<&ClassPolicies> {
        self.classes.iter().find(|policies| policies.class == class)
    }
}

/// A limit is never zero, and never more than a counter can hold.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped into u32 first"
)]
pub(crate) fn scaled(quota: u32, scale: f64) -> u32 {
    (f64::from(quota) * scale).round().clamp(1.0, 1e9) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_of_the_table_has_its_limits() {
        let policies = Policies::new(1.0);
        for entry in crate::table::table() {
            assert!(policies.find(entry.class).is_some(), "{:?}", entry.class);
        }
    }

    #[test]
    fn admission_allows_whatever_the_limits_behind_it_allow() {
        let sum = |classes: &dyn Fn(Class) -> bool| -> u32 {
            QUOTAS.iter().filter(|quotas| classes(quotas.class)).map(|quotas| quotas.network).sum()
        };
        let admitted = sum(&|_any| true);
        // What the page of a front end calls without a credential of its own.
        let preflights = sum(&|class| {
            use Class::{Act, Geo, Read, Renew, SignIn};
            matches!(class, Read | Geo | Act | SignIn | Renew)
        });
        assert!(admitted + preflights <= REQUESTS, "{admitted} + {preflights}");
    }

    #[test]
    fn scaling_never_switches_a_limit_off() {
        assert_eq!(scaled(30, 0.0001), 1);
        assert_eq!(scaled(30, 2.0), 60);
        assert_eq!(scaled(60_000, 1e12), 1_000_000_000);
    }
}
