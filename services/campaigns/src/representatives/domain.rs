//! A representative and their office.

use std::collections::HashSet;

use contracts::values::InvalidValue;
use uuid::Uuid;

use crate::constituencies::domain::Constituency;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Representative {
    pub(crate) id: Uuid,
    pub(crate) gss_code: String,
    pub(crate) name: String,
    pub(crate) party: String,
    pub(crate) office_email: String,
    pub(crate) office_address: String,
    pub(crate) salutation: String,
}

/// Refuses a postcode whose message would reach no representative: at once, not after the supporter confirmed.
pub(crate) fn check_target(
    constituency: Option<&Constituency>,
    represented: &HashSet<String>,
) -> Result<(), InvalidValue> {
    let detail = match constituency {
        Some(constituency) if represented.contains(&constituency.gss_code) => return Ok(()),
        Some(_) => "is in a constituency whose representative this campaign cannot write to",
        None => "is not in a known constituency",
    };
    Err(InvalidValue::new("no_representative", detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_needs_a_constituency_with_a_representative() {
        let constituency = |code: &str| {
            Some(Constituency { gss_code: code.to_owned(), name: "Oxford East".to_owned() })
        };
        let represented = HashSet::from(["E14001421".to_owned()]);
        let check = |it: Option<Constituency>| check_target(it.as_ref(), &represented);
        assert_eq!(check(constituency("E14001421")), Ok(()));
        let (other, unknown) = (check(constituency("E14000001")), check(None));
        for refused in [&other, &unknown] {
            assert_eq!(refused.as_ref().unwrap_err().code, "no_representative");
        }
        assert_ne!(other, unknown, "the details differ");
    }
}
