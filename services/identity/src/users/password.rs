//! Which passwords are accepted: long, not guessable from their owner, not on the common list. No composition rules.

/// Fewest characters.
pub(crate) const MIN: usize = 15;
/// Most characters; more would only cost time.
pub(crate) const MAX: usize = 128;
/// A part of the address or name shorter than this is no hint worth refusing.
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

/// Why a password is refused, as a stable code and a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    TooShort,
    TooLong,
    Common,
    Guessable,
}

impl Refusal {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::Common => "too_common",
            Self::Guessable => "guessable",
        }
    }

    pub(crate) fn detail(self) -> &'static str {
        match self {
            Self::TooShort => "at least 15 characters; a few words do well",
            Self::TooLong => "at most 128 characters",
            Self::Common => "this one is on lists of common passwords",
            Self::Guessable => "not made of the address, the name or the organisation",
        }
    }
}

/// Whether a password will do. `hints`: address, name, organisation.
pub(crate) fn check(password: &str, hints: &[&str]) -> Result<(), Refusal> {
    match password.chars().count() {
        0..MIN => return Err(Refusal::TooShort),
        MIN..=MAX => {}
        _ => return Err(Refusal::TooLong),
    }
    let plain = plain(password);
    let different: std::collections::BTreeSet<char> = password.chars().collect();
    if different.len() < MIN_DIFFERENT || COMMON.contains(&plain.as_str()) {
        return Err(Refusal::Common);
    }
    let words = hints.iter().flat_map(|hint| hint.split(|c: char| !c.is_alphanumeric()));
    let hints = words.map(str::to_lowercase).filter(|word| word.chars().count() >= MIN_HINT);
    if hints.into_iter().any(|hint| plain.contains(&hint)) {
        return Err(Refusal::Guessable);
    }
    Ok(())
}

fn plain(password: &str) -> String {
    password.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_ones_pass_and_the_usual_faults_do_not() {
        let hints = ["ada.lovelace@rivers.example", "Ada Lovelace", "clean-rivers"];
        assert_eq!(check("three otters swim upstream", &hints), Ok(()));
        assert_eq!(check("fourteen chars", &hints), Err(Refusal::TooShort));
        assert_eq!(check(&"long enough ".repeat(20), &hints), Err(Refusal::TooLong));
        assert_eq!(check("Password-Password!", &hints), Err(Refusal::Common));
        assert_eq!(check("aaaaaaaaaaaaaaaaaaaa", &hints), Err(Refusal::Common));
        assert_eq!(check("lovelace is my hero!!", &hints), Err(Refusal::Guessable));
        assert_eq!(check("clean Rivers for all", &hints), Err(Refusal::Guessable));
    }
}
