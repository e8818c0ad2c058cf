//! Numbers in groups, stored compactly: one list of all, and where each group starts in it.

use std::ops::Range;

#[derive(Clone, Debug)]
pub(crate) struct Groups {
    /// Start of each group in `numbers`, and the end of the last.
    starts: Vec<u32>,
    /// In the order in which they were given within a group.
    numbers: Vec<u32>,
}

impl Groups {
    /// Sorts numbers into `count` groups by counting; each pair is the group and the number.
    pub(crate) fn new(count: usize, pairs: impl Iterator<Item = (usize, u32)> + Clone) -> Self {
        let mut next = vec![0_u32; count];
        for (group, _) in pairs.clone() {
            if let Some(size) = next.get_mut(group) {
                *size += 1;
            }
        }
        let mut total = 0;
        for size in &mut next {
            (*size, total) = (total, total + *size);
        }
        let mut starts = Vec::with_capacity(count + 1);
        starts.extend_from_slice(&next);
        starts.push(total);
        let mut numbers = vec![0; usize::try_from(total).unwrap_or(0)];
        for (group, number) in pairs {
            let Some(place) = next.get_mut(group) else { continue };
            let slot = usize::try_from(*place).ok().and_then(|at| numbers.get_mut(at));
            if let Some(slot) = slot {
                *slot = number;
            }
            *place += 1;
        }
        Self { starts, numbers }
    }

    pub(crate) fn count(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The numbers of adjacent groups.
    pub(crate) fn get(&self, groups: Range<usize>) -> &[u32] {
        let start = |group: usize| usize::try_from(*self.starts.get(group)?).ok();
        let range = start(groups.start).zip(start(groups.end));
        range.and_then(|(from, to)| self.numbers.get(from..to)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Groups;

    #[test]
    fn numbers_are_found_by_their_groups() {
        let groups = Groups::new(4, [(2, 7), (0, 5), (2, 3), (9, 1)].into_iter());
        assert_eq!(groups.count(), 4);
        assert_eq!(
            [0, 1, 2, 3].map(|group| groups.get(group..group + 1)),
            [&[5][..], &[], &[7, 3], &[]]
        );
        assert_eq!(groups.get(0..3), [5, 7, 3]);
        assert_eq!(groups.get(3..5), [0_u32; 0]);
    }
}
