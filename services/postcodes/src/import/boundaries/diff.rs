//! The changes of an import to a layer.

use crate::areas::layer::{Area, Layer};

/// Codes of the areas that differ, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    pub added: Vec<String>,
    pub removed: Vec<String>,
    /// Code, old name, new name.
    pub renamed: Vec<[String; 3]>,
    /// Areas whose boundary changed.
    pub moved: Vec<String>,
}

impl Diff {
    /// From the existing layer, if there is one, to the new one.
    pub(super) fn between(before: Option<&Layer>, after: &Layer) -> Self {
        let mut diff = Self::default();
        for area in after.areas() {
            match before.and_then(|before| before.find(&area.gss_code)) {
                None => diff.added.push(area.gss_code.clone()),
                Some(old) => diff.compare(old, area),
            }
        }
        let old = before.map_or(&[][..], Layer::areas).iter();
        let dropped = old.filter(|area| after.find(&area.gss_code).is_none());
        diff.removed.extend(dropped.map(|area| area.gss_code.clone()));
        diff
    }

    fn compare(&mut self, old: &Area, new: &Area) {
        if old.name != new.name {
            let name = |area: &Area| area.name.clone().unwrap_or_default();
            self.renamed.push([new.gss_code.clone(), name(old), name(new)]);
        }
        let is_same = match (&old.shape, &new.shape) {
            (Some(old), Some(new)) => old.has_outline_of(new),
            (old, new) => old.is_none() && new.is_none(),
        };
        if !is_same {
            self.moved.push(new.gss_code.clone());
        }
    }
}
