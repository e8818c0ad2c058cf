//! A representative and their office.

use std::collections::{BTreeMap, HashMap};

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

/// A file of representatives.
#[derive(Debug, Default)]
pub(super) struct Register {
    pub(super) representatives: Vec<Representative>,
    /// Every constituency in the file, also those whose seat is vacant, with its line.
    pub(super) lines: HashMap<String, u64>,
}

/// What becomes of a constituency's representative by an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    Added(Representative),
    Changed { before: Representative, after: Representative },
    Removed(Representative),
    Unchanged,
}

impl Register {
    /// What an import changes, by constituency. The file is the whole register: whoever is not in it goes. A partial file
    /// changes the constituencies that it names only.
    pub(super) fn changes(
        &self,
        existing: Vec<Representative>,
        is_partial: bool,
    ) -> BTreeMap<String, Change> {
        let keyed = |it: Representative| (it.gss_code.clone(), it);
        let mut existing: HashMap<_, _> = existing.into_iter().map(keyed).collect();
        let imported = self.representatives.iter().map(|after| {
            let change = match existing.remove(&after.gss_code) {
                None => Change::Added(after.clone()),
                Some(before) => Change::between(before, after.clone()),
            };
            (after.gss_code.clone(), change)
        });
        let mut changes: BTreeMap<_, _> = imported.collect();
        let left_out =
            existing.into_iter().filter(|it| !is_partial || self.lines.contains_key(&it.0));
        changes.extend(left_out.map(|(gss_code, before)| (gss_code, Change::Removed(before))));
        changes
    }
}

impl Change {
    /// The representative keeps the id that was there.
    fn between(before: Representative, after: Representative) -> Self {
        let after = Representative { id: before.id, ..after };
        if before == after { Self::Unchanged } else { Self::Changed { before, after } }
    }
}

/// Refuses a postcode whose message would reach no representative: at once, not after the supporter confirmed.
pub(crate) fn check_target(
    constituency: Option<&Constituency>,
    is_represented: bool,
) -> Result<(), InvalidValue> {
    let detail = match constituency {
        Some(_) if is_represented => return Ok(()),
        Some(_) => "is in a constituency that has no representative to write to at present",
        None => "is not in a known constituency",
    };
    Err(InvalidValue::new("no_representative", detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_needs_a_constituency_with_a_representative() {
        let oxford =
            Constituency { gss_code: "E14001421".to_owned(), name: "Oxford East".to_owned() };
        assert_eq!(check_target(Some(&oxford), true), Ok(()));
        let (vacant, unknown) = (check_target(Some(&oxford), false), check_target(None, false));
        for refused in [&vacant, &unknown] {
            assert_eq!(refused.as_ref().unwrap_err().code, "no_representative");
        }
        assert_ne!(vacant, unknown, "the details differ");
    }
}
