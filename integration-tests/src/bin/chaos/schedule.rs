//! What happens when: failures drawn by a seeded generator, one or two at a time, with a calm phase after each. The same seed
//! gives the same schedule.

pub(crate) mod signing;

use std::fmt;

use integration_tests::random::Random;

use crate::proxy::Trouble;

/// Services that run twice.
pub(crate) const TWICE: [&str; 5] = ["gateway", "campaigns", "messaging", "webhooks", "keyring"];
/// Services that run once.
pub(crate) const ONCE: [&str; 4] = ["identity", "postcodes", "geolocation", "retention"];
/// Services whose replicas have work that must move to another one.
const WORKERS: [&str; 3] = ["campaigns", "messaging", "webhooks"];
/// The longest failure, in seconds: longer than webhooks' lease of 60 s.
const LONGEST: u64 = 70;
/// Calm after each failure, in seconds.
const CALM: (u64, u64) = (2, 7);

/// One of the things that run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// A service's replica, from 0.
    Replica(&'static str, usize),
    Postgres,
    Redis,
    Kafka,
    /// The SMTP receiver.
    Catcher,
}

/// One failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// SIGKILL; it starts again at the end.
    Kill(Part),
    /// SIGSTOP, and SIGCONT at the end: a slow consumer, a lease that ends while its holder believes in it.
    Pause(Part),
    /// SIGTERM for one replica after the other, each followed by a start.
    Roll(&'static str),
    /// One replica killed and started again and again, so that its consumer group rebalances all the time.
    Storm(&'static str, usize),
    /// The connections to a dependency or service.
    Link(&'static str, Trouble),
    /// One replica with a clock that is wrong by so many seconds.
    Skew(&'static str, usize, i64),
    /// A new key-encryption key, in the three rollouts of docs/operations.md.
    NewKek,
}

/// Failures that begin together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    /// Seconds after the start; later if the failures before took longer than planned.
    pub(crate) at: u64,
    /// Each with its length in seconds.
    pub(crate) failures: Vec<(Failure, u64)>,
    /// Seconds of calm after it.
    pub(crate) calm: u64,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Replica(service, _) => service,
            Self::Postgres => "postgres",
            Self::Redis => "redis",
            Self::Kafka => "kafka",
            Self::Catcher => "smtp",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Replica(service, number) => write!(f, "{service}-{number}"),
            part => f.write_str(part.name()),
        }
    }
}

impl Failure {
    /// What it happens to. Two failures at a time happen to different things.
    fn touches(self) -> &'static str {
        match self {
            Self::Kill(part) | Self::Pause(part) => part.name(),
            Self::Roll(name)
            | Self::Storm(name, _)
            | Self::Link(name, _)
            | Self::Skew(name, _, _) => name,
            Self::NewKek => "keyring",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(part) => write!(f, "kill {part}"),
            Self::Pause(part) => write!(f, "pause {part}"),
            Self::Roll(service) => write!(f, "rolling restart of {service}"),
            Self::Storm(service, number) => write!(f, "restart storm of {service}-{number}"),
            Self::Link(name, trouble) => write!(f, "link to {name}: {trouble:?}"),
            Self::Skew(service, number, seconds) => {
                write!(f, "clock of {service}-{number}: {seconds:+} s")
            }
            Self::NewKek => f.write_str("new key-encryption key"),
        }
    }
}

/// What a run is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Every kind of failure.
    Everything,
    /// Kills of every part, and a mail relay that misbehaves, under signing, confirming and erasing.
    Signing,
}

/// The schedule of so many seconds.
pub(crate) fn plan(profile: Profile, seed: u64, seconds: u64) -> Vec<Slot> {
    let mut random = Random(seed);
    let longest = LONGEST.min(seconds / 5);
    let (mut deck, mut slots, mut at) = (Vec::new(), Vec::new(), 3);
    while at + 5 < seconds {
        let mut failures: Vec<(Failure, u64)> = Vec::new();
        let wanted = 1 + random.index(2);
        while failures.len() < wanted {
            if deck.is_empty() {
                deck = match profile {
                    Profile::Everything => self::deck(&mut random),
                    Profile::Signing => signing::deck(&mut random),
                };
            }
            let Some(failure) = deck.pop() else { break };
            if failures.iter().any(|(other, _)| other.touches() == failure.touches()) {
                deck.insert(0, failure);
                break;
            }
            let length = length(&mut random, profile, failure, longest).min(seconds - at);
            failures.push((failure, length));
        }
        let calm = random.between(CALM.0, CALM.1);
        let length = failures.iter().map(|(_, length)| *length).max().unwrap_or_default();
        slots.push(Slot { at, failures, calm });
        at += length + calm;
    }
    slots
}

/// Most are short; some outlast every lease and session.
fn length(random: &mut Random, profile: Profile, failure: Failure, longest: u64) -> u64 {
    let high = match failure {
        _ if profile == Profile::Signing => 6,
        Failure::Pause(_) => random.one(&[8, 20, 35, LONGEST], 8),
        Failure::Link(..) | Failure::Kill(_) => random.one(&[6, 12, 25], 6),
        Failure::Storm(..) | Failure::Skew(..) | Failure::Roll(_) | Failure::NewKek => 20,
    };
    random.between((high / 2).min(longest), high.min(longest)).max(2)
}

/// Every kind of failure, each to something drawn at random, in random order. A run draws the whole deck before it draws a
/// second one, so that none is left out of a run that is long enough.
fn deck(random: &mut Random) -> Vec<Failure> {
    let mut deck = vec![
        Failure::Kill(Part::Postgres),
        Failure::Kill(Part::Redis),
        Failure::Kill(Part::Kafka),
        Failure::Kill(Part::Catcher),
        Failure::Kill(Part::Replica(random.one(&ONCE, "identity"), 0)),
        Failure::Pause(Part::Kafka),
        Failure::NewKek,
    ];
    for service in TWICE {
        deck.push(Failure::Kill(Part::Replica(service, random.index(2))));
    }
    for service in WORKERS {
        deck.push(Failure::Pause(Part::Replica(service, random.index(2))));
    }
    for _ in 0..2 {
        deck.push(Failure::Roll(random.one(&TWICE, "gateway")));
    }
    deck.push(Failure::Storm(random.one(&WORKERS, "campaigns"), random.index(2)));
    let seconds = random.one(&[-40, -15, 15, 40], 15);
    deck.push(Failure::Skew(random.one(&WORKERS, "messaging"), random.index(2), seconds));
    for name in ["postgres", "kafka", "smtp", "receiver"] {
        deck.extend([(); 3].map(|()| Failure::Link(name, trouble(random))));
    }
    deck.push(Failure::Link("redis", trouble(random)));
    for name in ["keyring", "campaigns", random.one(&["identity", "postcodes"], "identity")] {
        deck.push(Failure::Link(name, trouble(random)));
    }
    random.shuffle(&mut deck);
    deck
}

fn trouble(random: &mut Random) -> Trouble {
    match random.index(6) {
        0 => Trouble::Slow(random.between(50, 800)),
        1 => Trouble::Stalled,
        2 => Trouble::Lost,
        3 => Trouble::Deaf,
        4 => Trouble::Cut(random.between(200, 20_000)),
        _ => Trouble::Closed,
    }
}

#[cfg(test)]
mod tests {
    use super::{Profile::Everything, *};

    #[test]
    fn a_seed_gives_one_schedule() {
        assert_eq!(plan(Everything, 7, 600), plan(Everything, 7, 600));
        assert_ne!(plan(Everything, 7, 600), plan(Everything, 8, 600));
    }

    #[test]
    fn failures_end_within_the_time_and_two_at_a_time_happen_to_different_things() {
        for (seed, seconds) in (0..500).zip([60, 120, 600].into_iter().cycle()) {
            let slots = plan(Everything, seed, seconds);
            assert!(!slots.is_empty(), "seed {seed}");
            for Slot { at, failures, .. } in slots {
                assert!(failures.iter().all(|(_, length)| at + length <= seconds), "seed {seed}");
                assert!(matches!(failures.len(), 1 | 2), "seed {seed}");
                let touched: Vec<_> =
                    failures.iter().map(|(failure, _)| failure.touches()).collect();
                assert!(touched.len() < 2 || touched[0] != touched[1], "seed {seed}: {touched:?}");
            }
        }
    }

    #[test]
    fn ten_minutes_hold_every_kind_of_failure() {
        for seed in 0..50 {
            let failures: Vec<Failure> = plan(Everything, seed, 600)
                .iter()
                .flat_map(|slot| &slot.failures)
                .map(|(it, _)| *it)
                .collect();
            let has =
                |wanted: fn(&Failure) -> bool| assert!(failures.iter().any(wanted), "seed {seed}");
            has(|it| matches!(it, Failure::Kill(Part::Postgres)));
            has(|it| matches!(it, Failure::Kill(Part::Kafka)));
            has(|it| matches!(it, Failure::Kill(Part::Replica(..))));
            has(|it| matches!(it, Failure::Pause(Part::Replica(..))));
            has(|it| matches!(it, Failure::Roll(_)));
            has(|it| matches!(it, Failure::Storm(..)));
            has(|it| matches!(it, Failure::NewKek));
            has(|it| matches!(it, Failure::Skew(..)));
            has(|it| matches!(it, Failure::Link("postgres", _)));
            has(|it| matches!(it, Failure::Link("smtp", _)));
        }
    }
}
