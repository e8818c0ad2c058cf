//! Which passwords are accepted: long, not guessable from their owner, not on the common list. No composition rules.

use std::collections::BTreeSet;

use contracts::values::InvalidValue;
use kit::secret::Secret;

/// Fewest characters.
const MIN: usize = 15;
/// Most characters; more would only cost time.
const MAX: usize = 128;
/// A part of the address or name shorter than this may be in the password.
const MIN_HINT: usize = 4;
/// Fewer different characters than this is a pattern.
const MIN_DIFFERENT: usize = 5;

/// Common ones that are long enough, in lower case without spaces and signs.
const COMMON: &[&str] = &[
    "123456789012345",
    "1234567890123456",
    "1q2w3e4r5t6y7u8i",
    "1qaz2wsx3edc4rfv",
    "abcdefghijklmnop",
    "administrator123",
    "areyoukiddingme",
    "changemechangeme",
    "correcthorsebatterystaple",
    "iloveyouiloveyou",
    "letmeinletmeinletmein",
    "mypasswordispassword",
    "passwordpassword",
    "passwordpassword1",
    "passw0rdpassw0rd",
    "password12345678",
    "password123456789",
    "qazwsxedcrfvtgb",
    "qwertyuiopasdfgh",
    "qwertyuiopasdfghjkl",
    "qwertyuiopasdfghjklzxcvbnm",
    "thisismypassword",
    "trustno1trustno1",
    "welcomewelcome1",
];

const TOO_SHORT: InvalidValue =
    InvalidValue::new("too_short", "must have at least 15 characters; a few words do well");
const TOO_LONG: InvalidValue = InvalidValue::new("too_long", "must have at most 128 characters");
const TOO_COMMON: InvalidValue = InvalidValue::new("too_common", "is on lists of common passwords");
const GUESSABLE: InvalidValue =
    InvalidValue::new("guessable", "must not be made of the address, the name or the organisation");

/// Accepts a new password. `hints`: address, name, organisation.
pub(crate) fn parse(password: &str, hints: &[&str]) -> Result<Secret, InvalidValue> {
    match password.chars().count() {
        0..MIN => return Err(TOO_SHORT),
        MIN..=MAX => {}
        _ => return Err(TOO_LONG),
    }
    let plain = plain(password);
    let different: BTreeSet<char> = password.chars().collect();
    if different.len() < MIN_DIFFERENT || COMMON.contains(&plain.as_str()) {
        return Err(TOO_COMMON);
    }
    let words = hints.iter().flat_map(|hint| hint.split(|c: char| !c.is_alphanumeric()));
    let hints = words.map(str::to_lowercase).filter(|word| word.chars().count() >= MIN_HINT);
    if hints.into_iter().any(|hint| plain.contains(&hint)) {
        return Err(GUESSABLE);
    }
    Ok(Secret::new(password))
}

fn plain(password: &str) -> String {
    password.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_ones_pass_and_the_usual_mistakes_do_not() {
        fn check(password: &str, hints: &[&str]) -> Option<InvalidValue> {
            parse(password, hints).err()
        }
        let hints = ["ada.lovelace@rivers.example", "Ada Lovelace", "clean-rivers"];
        assert_eq!(check("three otters swim upstream", &hints), None);
        assert_eq!(check("fourteen chars", &hints), Some(TOO_SHORT));
        assert_eq!(check(&"long enough ".repeat(20), &hints), Some(TOO_LONG));
        assert_eq!(check("Password-Password!", &hints), Some(TOO_COMMON));
        assert_eq!(check("aaaaaaaaaaaaaaaaaaaa", &hints), Some(TOO_COMMON));
        assert_eq!(check("lovelace is my hero!!", &hints), Some(GUESSABLE));
        assert_eq!(check("clean Rivers for all", &hints), Some(GUESSABLE));
    }
}
