//! Who may ask for what: the allow-list of compartments and purposes by service.

use contracts::keyring::{
    Compartment::{self, Action, Message, Network, Staff},
    Purpose::{self, Confirm, Deliver, Export, Probe, Record, SignIn, SubjectAccess},
};

use crate::error::Error;

/// One line: a service, whether it may make people, the compartments, the purposes.
type Line = (&'static str, bool, &'static [Compartment], &'static [Purpose]);

const ALLOWED: &[Line] = &[
    ("campaigns", true, &[Action], &[Record, Confirm, Deliver, Export, SubjectAccess]),
    ("campaigns", true, &[Action, Message], &[Record, Confirm, Deliver]),
    ("messaging", false, &[Message], &[Record, Confirm, Deliver]),
    ("identity", true, &[Staff, Network], &[Record, SignIn]),
    // Retention finds people and learns the state of their keys; it is never given a key.
    ("retention", false, &[], &[SubjectAccess]),
    ("retention", false, &[Action, Message, Staff, Network, Compartment::Webhook], &[Probe]),
];

/// Whether `service` may have these compartments for this purpose, and make people.
pub fn allowed(
    service: &str,
    purpose: Purpose,
    compartments: &[Compartment],
    mint: bool,
) -> Result<(), Error> {
    let fits = |(name, may_mint, lines, purposes): &Line| {
        *name == service
            && (*may_mint || !mint)
            && purposes.contains(&purpose)
            && compartments.iter().all(|compartment| lines.contains(compartment))
    };
    if ALLOWED.iter().any(fits) { Ok(()) } else { Err(Error::NotAllowed) }
}

/// Whether a purpose may make a missing key.
pub fn makes_keys(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Record | Purpose::SignIn | Purpose::Confirm | Purpose::Deliver)
}

/// The name of a compartment in the database.
pub fn name(compartment: Compartment) -> &'static str {
    match compartment {
        Action => "action",
        Message => "message",
        Staff => "staff",
        Network => "network",
        Compartment::Webhook => "webhook",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_given_only_what_its_work_needs() {
        assert!(allowed("campaigns", Record, &[Action, Message], true).is_ok());
        assert!(allowed("campaigns", Export, &[Message], false).is_err());
        assert!(allowed("messaging", Deliver, &[Action], false).is_err());
        assert!(allowed("messaging", Deliver, &[Message], true).is_err());
        assert!(allowed("retention", Export, &[Action], false).is_err());
        assert!(allowed("gateway", Record, &[Action], false).is_err());
    }
}
