//! How long a network waits after wrong passwords for one account. The script in Redis and the memory of a replica both take
//! their numbers from here. They are about guessing, not about load, so no setting scales them.

use std::time::Duration;

/// Wrong passwords in a row without a delay: a typing error, caps lock, the old password, the one of another site.
pub(super) const TRIES: u32 = 5;
/// After the last of these tries; it doubles with each wrong password that follows.
const FIRST_DELAY: Duration = Duration::from_secs(1);
/// Delays grow no further: 96 guesses a day, and the person behind the same address can sign in between two of them.
const LONGEST_DELAY: Duration = Duration::from_mins(15);
/// Wrong passwords are forgotten after this time without another one.
pub(super) const FAILURES_KEPT: Duration = Duration::from_hours(24);
/// A network from which somebody signed in is known for as long as a session may last.
pub(super) const NETWORK_KNOWN: Duration = Duration::from_hours(30 * 24);

/// The wait after so many wrong passwords in a row.
pub(super) fn delay(failures: u32) -> Duration {
    let Some(beyond) = failures.checked_sub(TRIES) else { return Duration::ZERO };
    let doubled = 2_u32.checked_pow(beyond).and_then(|times| FIRST_DELAY.checked_mul(times));
    doubled.unwrap_or(LONGEST_DELAY).min(LONGEST_DELAY)
}

/// The waits after the first wrong password, the second and so on, up to the longest.
pub(super) fn delays() -> impl Iterator<Item = Duration> {
    let growing = (1..).map(delay).take_while(|wait| *wait < LONGEST_DELAY);
    growing.chain([LONGEST_DELAY])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_from_the_fifth_failure_to_a_quarter_of_an_hour() {
        let seconds: Vec<u64> = delays().map(|wait| wait.as_secs()).collect();
        assert_eq!(seconds, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]);
        assert_eq!(delay(15).as_secs(), 900);
        assert_eq!(delay(u32::MAX).as_secs(), 900);
    }
}
