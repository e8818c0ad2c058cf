//! The failures of the way of a signature: everything killed, and a mail relay that misbehaves at every step.

use integration_tests::random::Random;

use super::{Failure, ONCE, Part, TWICE, Trouble};
use crate::relay::{Manner, Step};

/// The replica that is killed and started again all the time.
pub(crate) const CRASHES: (&str, usize) = ("webhooks", 1);

/// PostgreSQL is killed more often: everything is in its hands.
pub(super) fn deck(random: &mut Random) -> Vec<Failure> {
    let stores = [Part::Postgres; 4].into_iter().chain([Part::Redis, Part::Kafka, Part::Catcher]);
    let twice = TWICE.into_iter().flat_map(|it| [(it, 0), (it, 1)]).filter(|it| *it != CRASHES);
    let once = ONCE.into_iter().map(|it| (it, 0));
    let replicas = twice.chain(once).map(|(service, number)| Part::Replica(service, number));
    let kills = stores.chain(replicas).map(Failure::Kill);
    let any = [Manner::Hangs, Manner::Drips, Manner::Answers(421)];
    let us = [Manner::Answers(530), Manner::Answers(554)];
    let all = Step::ALL.into_iter().flat_map(|step| any.map(|manner| (step, manner)));
    let relay = all.chain(Step::ABOUT_US.into_iter().flat_map(|step| us.map(|it| (step, it))));
    let relay = relay.map(|(step, manner)| Failure::Link("smtp", Trouble::Relay(step, manner)));
    let mut deck: Vec<Failure> = kills.chain(relay).collect();
    random.shuffle(&mut deck);
    deck
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::{Profile, plan};

    #[test]
    fn ten_minutes_kill_every_part_and_break_the_relay_at_every_step() {
        for seed in 0..50 {
            let slots = plan(Profile::Signing, seed, 600);
            let planned: Vec<_> =
                slots.iter().flat_map(|slot| &slot.failures).map(|(it, _)| *it).collect();
            for failure in deck(&mut Random(seed)) {
                assert!(planned.contains(&failure), "seed {seed}: {failure} is left out");
            }
        }
    }
}
