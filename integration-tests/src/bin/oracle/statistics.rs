//! How well two kinds of tries can be distinguished by their time.

use std::time::Duration;

use integration_tests::random::Random;

/// Labels are drawn again this often for the share that a threshold gets right by chance.
const DRAWS: usize = 200;
/// Of a hundred such draws, so many get no more right than the share that is printed.
const USUAL: usize = 95;

/// A try: its time, and whether it is of the kind that somebody wants to find.
pub(crate) type Timed = (Duration, bool);

/// Who is taken for one of the wanted kind: whoever took at least so long, or whoever took less.
#[derive(Debug, Clone, Copy)]
struct Rule {
    threshold: Duration,
    is_slow: bool,
}

/// What the times of some tries give away.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// How often one of the wanted kind took longer than one of the other, of all pairs; 0.5 reveals nothing.
    pub(crate) auc: f64,
    /// What the best threshold of one half gets right in the other half; both ways, the mean.
    pub(crate) judged: f64,
    /// What the best threshold gets right of the tries that it was chosen by.
    pub(crate) chosen: f64,
    /// What it gets right of them at most, with [`USUAL`] of a hundred random labels.
    pub(crate) chance: f64,
}

impl Verdict {
    /// Of tries in the order in which they were made.
    pub(crate) fn of(tries: &[Timed], random: &mut Random) -> Self {
        let half = |odd| tries.iter().skip(odd).step_by(2).copied().collect::<Vec<Timed>>();
        let (even, odd) = (half(0), half(1));
        let judged = f64::midpoint(share(&odd, best(&even).0), share(&even, best(&odd).0));
        Self { auc: auc(tries), judged, chosen: best(tries).1, chance: chance(tries, random) }
    }
}

/// The time in the middle.
pub(crate) fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// What a rule gets right: of each kind its share, and their mean, so that nothing is won by always naming the larger kind.
fn share(tries: &[Timed], rule: Rule) -> f64 {
    let right = |kind: bool| {
        let of = tries.iter().filter(|(_, wanted)| *wanted == kind);
        let named = |time: Duration| (time >= rule.threshold) == rule.is_slow;
        part(of.clone().filter(|(time, _)| named(*time) == kind).count(), of.count())
    };
    f64::midpoint(right(true), right(false))
}

/// The rule that gets the most right, and what it gets right.
fn best(tries: &[Timed]) -> (Rule, f64) {
    let mut sorted = tries.to_vec();
    sorted.sort_unstable();
    let wanted = sorted.iter().filter(|(_, wanted)| *wanted).count();
    let others = sorted.len() - wanted;
    let mut found = (Rule { threshold: Duration::ZERO, is_slow: true }, 0.5);
    let (mut wanted_below, mut others_below, mut last) = (0, 0, None);
    for (time, is_wanted) in sorted {
        if last != Some(time) {
            let slow = f64::midpoint(1.0 - part(wanted_below, wanted), part(others_below, others));
            for (is_slow, right) in [(true, slow), (false, 1.0 - slow)] {
                if right > found.1 {
                    found = (Rule { threshold: time, is_slow }, right);
                }
            }
        }
        last = Some(time);
        *(if is_wanted { &mut wanted_below } else { &mut others_below }) += 1;
    }
    found
}

/// The area under the curve of all thresholds: the rank sum of Mann and Whitney, ties by half.
fn auc(tries: &[Timed]) -> f64 {
    let mut others: Vec<Duration> =
        tries.iter().filter(|(_, wanted)| !wanted).map(|(time, _)| *time).collect();
    others.sort_unstable();
    let wins = |time: Duration| {
        let (below, to) =
            (others.partition_point(|it| *it < time), others.partition_point(|it| *it <= time));
        f64::midpoint(part(below, others.len()), part(to, others.len()))
    };
    let wanted: Vec<f64> =
        tries.iter().filter(|(_, wanted)| *wanted).map(|(time, _)| wins(*time)).collect();
    wanted.iter().sum::<f64>() / part(wanted.len().max(1), 1)
}

fn chance(tries: &[Timed], random: &mut Random) -> f64 {
    let (times, mut labels): (Vec<Duration>, Vec<bool>) = tries.iter().copied().unzip();
    let mut shares: Vec<f64> = (0..DRAWS)
        .map(|_| {
            random.shuffle(&mut labels);
            best(&times.iter().copied().zip(labels.iter().copied()).collect::<Vec<_>>()).1
        })
        .collect();
    shares.sort_by(f64::total_cmp);
    shares.get(DRAWS * USUAL / 100).copied().unwrap_or_default()
}

/// `of` may be empty.
fn part(some: usize, of: usize) -> f64 {
    let number = |count: usize| u32::try_from(count).map_or(f64::MAX, f64::from);
    number(some) / number(of.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tries of both kinds in turn, spread evenly over 1,000 µs; the wanted ones take so many µs longer.
    fn verdict(longer: u64) -> Verdict {
        let mut random = Random(7);
        let mut time = |extra| Duration::from_micros(random.between(0, 1000) + extra);
        let mut tries: Vec<Timed> =
            (0..1000).flat_map(|_| [(time(longer), true), (time(0), false)]).collect();
        let mut random = Random(8);
        random.shuffle(&mut tries);
        Verdict::of(&tries, &mut random)
    }

    fn near(found: f64, wanted: f64) {
        assert!((found - wanted).abs() < 0.03, "{found} instead of {wanted}");
    }

    #[test]
    fn times_alike_reveal_nothing() {
        let Verdict { auc, judged, chosen, chance } = verdict(0);
        near(auc, 0.5);
        near(judged, 0.5);
        assert!(chosen <= chance && chance < 0.54, "{chosen} {chance}");
    }

    #[test]
    fn a_fifth_of_the_spread_reveals_three_of_five() {
        let Verdict { auc, judged, chosen, chance } = verdict(200);
        near(auc, 0.68);
        near(judged, 0.6);
        near(chosen, 0.6);
        assert!(chosen > chance, "{chosen} {chance}");
    }

    #[test]
    fn times_apart_reveal_everything() {
        let Verdict { auc, judged, chosen, .. } = verdict(2000);
        near(auc, 1.0);
        near(judged, 1.0);
        near(chosen, 1.0);
    }

    #[test]
    fn a_kind_that_is_quicker_is_found_as_well() {
        let tries: Vec<Timed> = [(1, true), (2, true), (3, false), (4, false)]
            .map(|(time, wanted)| (Duration::from_secs(time), wanted))
            .to_vec();
        near(best(&tries).1, 1.0);
        near(auc(&tries), 0.0);
    }
}
