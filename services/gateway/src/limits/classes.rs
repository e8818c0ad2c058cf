//! The numbers. Every limit is a quota for a window, a minute but for sign-ins to one account; all are multiplied by `FOLKMOOT_GATEWAY_LIMIT_SCALE`.

use super::Policy;
use crate::table::Class;

/// All windows but one.
const WINDOW_SECONDS: u32 = 60;

/// Requests a minute of one class.
struct Quotas {
    class: Class,
    name: &'static str,
    /// By one session or secret key.
    credential: u32,
    /// By one publishable key, which all visitors of a page share.
    publishable: u32,
    /// By one network (/24, /64) without a secret key: a household, an office, a mobile operator's exit.
    network: u32,
}

/// Actions in one campaign a minute, over all keys: what a campaign on the evening news reaches.
const CAMPAIGN_ACTIONS: u32 = 60_000;

/// Sign-ins to one account, from wherever, in [`ACCOUNT_SECONDS`]: guessing a password stays hopeless (960 guesses a day),
/// and somebody who shuts a person out has to keep at it.
const ACCOUNT_SIGN_INS: u32 = 10;
/// A quarter of an hour.
const ACCOUNT_SECONDS: u32 = 900;

const QUOTAS: &[Quotas] = &[
    Quotas {
        class: Class::Read,
        name: "read",
        credential: 3_000,
        publishable: 60_000,
        network: 600,
    },
    Quotas { class: Class::Write, name: "write", credential: 600, publishable: 600, network: 120 },
    Quotas { class: Class::Act, name: "act", credential: 6_000, publishable: 60_000, network: 30 },
    Quotas { class: Class::Geo, name: "geo", credential: 6_000, publishable: 60_000, network: 300 },
    Quotas { class: Class::Bulk, name: "bulk", credential: 30, publishable: 30, network: 30 },
    Quotas { class: Class::SignIn, name: "sign_in", credential: 10, publishable: 10, network: 10 },
    Quotas { class: Class::Renew, name: "renew", credential: 60, publishable: 60, network: 60 },
    Quotas { class: Class::Page, name: "page", credential: 120, publishable: 120, network: 120 },
    Quotas {
        class: Class::Document,
        name: "document",
        credential: 600,
        publishable: 600,
        network: 600,
    },
];

/// The limits of one class.
pub(crate) struct ClassPolicies {
    class: Class,
    pub(crate) credential: Policy,
    pub(crate) publishable: Policy,
    pub(crate) network: Policy,
}

/// The limits of all classes, scaled.
pub(crate) struct Policies {
    classes: Vec<ClassPolicies>,
    pub(crate) campaign: Policy,
    pub(crate) account: Policy,
}

impl Policies {
    pub(crate) fn new(scale: f64) -> Self {
        let policy = |name, class: &str, quota| Policy {
            name,
            id: format!("{class}.{name}"),
            quota: scaled(quota, scale),
            window: WINDOW_SECONDS,
        };
        let classes = QUOTAS.iter().map(|quotas| ClassPolicies {
            class: quotas.class,
            credential: policy("credential", quotas.name, quotas.credential),
            publishable: Policy {
                id: format!("{}.publishable", quotas.name),
                ..policy("credential", quotas.name, quotas.publishable)
            },
            network: policy("network", quotas.name, quotas.network),
        });
        Self {
            classes: classes.collect(),
            campaign: policy("campaign", "act", CAMPAIGN_ACTIONS),
            account: Policy {
                window: ACCOUNT_SECONDS,
                ..policy("account", "sign_in", ACCOUNT_SIGN_INS)
            },
        }
    }

    /// The limits of a class.
    pub(crate) fn of(&self, class: Class) -> Option<&ClassPolicies> {
        self.classes.iter().find(|policies| policies.class == class)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Policy> {
        let of_classes =
            self.classes.iter().flat_map(|c| [&c.credential, &c.publishable, &c.network]);
        of_classes.chain([&self.campaign, &self.account])
    }
}

/// A limit never becomes "nothing", and never more than a counter can hold.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped into u32 first"
)]
fn scaled(quota: u32, scale: f64) -> u32 {
    (f64::from(quota) * scale).round().clamp(1.0, 1e9) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_of_the_table_has_its_limits() {
        let policies = Policies::new(1.0);
        for entry in crate::table::table() {
            assert!(policies.of(entry.class).is_some(), "{:?}", entry.class);
        }
    }

    #[test]
    fn scaling_never_switches_a_limit_off() {
        assert_eq!(scaled(30, 0.0001), 1);
        assert_eq!(scaled(30, 2.0), 60);
        assert_eq!(scaled(60_000, 1e12), 1_000_000_000);
    }
}
