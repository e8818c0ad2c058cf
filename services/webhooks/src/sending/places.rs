//! How many attempts at once an endpoint may have. One that responds gets more with each success; one that fails has a single
//! place until it responds again, so that endpoints which hang do not fill up all places.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use uuid::Uuid;

/// Of an endpoint that has not succeeded lately.
pub(crate) const FEWEST: usize = 1;
/// Of one that always succeeds.
const MOST: usize = 8;

/// The places of the endpoints, and how many of them are taken in this process.
#[derive(Default)]
pub(crate) struct Places(Mutex<HashMap<Uuid, Of>>);

/// Those of one endpoint. An endpoint without an entry has [`FEWEST`] and none taken.
#[derive(Clone, Copy)]
struct Of {
    all: usize,
    taken: usize,
}

/// What a claim must know of an endpoint that has an entry.
pub(crate) struct Share {
    pub(crate) endpoint_id: Uuid,
    pub(crate) taken: usize,
    pub(crate) free: usize,
}

impl Places {
    pub(crate) fn shares(&self) -> Vec<Share> {
        let share = |(&endpoint_id, of): (&Uuid, &Of)| {
            let free = of.all.saturating_sub(of.taken);
            Share { endpoint_id, taken: of.taken, free }
        };
        self.lock().iter().map(share).collect()
    }

    pub(crate) fn take(&self, endpoint_id: Uuid) -> Place<'_> {
        self.lock().entry(endpoint_id).or_insert(Of { all: FEWEST, taken: 0 }).taken += 1;
        Place { places: self, endpoint_id, has_succeeded: false }
    }

    fn give_back(&self, endpoint_id: Uuid, has_succeeded: bool) {
        let mut places = self.lock();
        let Some(of) = places.get_mut(&endpoint_id) else { return };
        of.taken = of.taken.saturating_sub(1);
        of.all = if has_succeeded { (of.all * 2).min(MOST) } else { FEWEST };
        if of.taken == 0 && of.all == FEWEST {
            places.remove(&endpoint_id);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Of>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place that is taken until this is dropped, also by an attempt that is given up in the middle.
pub(crate) struct Place<'a> {
    places: &'a Places,
    endpoint_id: Uuid,
    has_succeeded: bool,
}

impl Place<'_> {
    /// Gives it back after an attempt.
    pub(crate) fn end(mut self, has_succeeded: bool) {
        self.has_succeeded = has_succeeded;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.places.give_back(self.endpoint_id, self.has_succeeded);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn successes_give_places_and_a_failure_takes_all_but_one() {
        let (places, id) = (Places::default(), Uuid::from_u128(1));
        let all = || places.shares().first().map_or(FEWEST, |share| share.taken + share.free);
        for expected in [2, 4, 8, 8] {
            places.take(id).end(true);
            assert_eq!(all(), expected);
        }
        drop(places.take(id));
        assert!(places.shares().is_empty(), "nothing is kept of it");
    }
}
