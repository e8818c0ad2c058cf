//! Numbers as postcodes.io parses them: whatever number a text starts with (`parseInt`, `parseFloat`).

/// The integer that a text starts with, after white space, as `parseInt(text, 10)` parses it.
pub fn whole(text: &str) -> Option<i64> {
    let text = text.trim_start();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let digits = digits.get(..end).filter(|digits| !digits.is_empty())?;
    // An overflow saturates: every number has a limit later.
    let number = digits.parse().unwrap_or(i64::MAX);
    Some(if negative { -number } else { number })
}

/// The number that a text starts with, as `parseFloat` parses it; none if it is not finite.
pub fn real(text: &str) -> Option<f64> {
    let text = text.trim_start();
    let mut end = 0;
    let (mut digits, mut point, mut exponent) = (false, false, false);
    for (at, c) in text.char_indices() {
        let before = text.get(..at).and_then(|before| before.chars().last());
        let fits = match c {
            '0'..='9' => {
                digits = true;
                true
            }
            '+' | '-' => at == 0 || matches!(before, Some('e' | 'E')),
            '.' if !point && !exponent => {
                point = true;
                true
            }
            'e' | 'E' if digits && !exponent => {
                exponent = true;
                true
            }
            _ => false,
        };
        if !fits {
            break;
        }
        end = at + c.len_utf8();
    }
    // An incomplete exponent, such as `5e` or `5e-`, is not part of the number.
    let taken = text.get(..end)?.trim_end_matches(['e', 'E', '+', '-']);
    taken.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::{real, whole};

    #[test]
    fn numbers_are_what_a_text_begins_with() {
        for (text, number) in [
            ("10", Some(10)),
            (" 5abc", Some(5)),
            ("-3", Some(-3)),
            ("1,2", Some(1)),
            ("1e3", Some(1)),
            ("99999999999999999999", Some(i64::MAX)),
            ("", None),
            ("abc", None),
            ("-", None),
            ("NaN", None),
        ] {
            assert_eq!(whole(text), number, "{text:?}");
        }
        for (text, number) in [
            ("51.5", Some(51.5)),
            ("-.5x", Some(-0.5)),
            ("1e2", Some(100.0)),
            ("1e", Some(1.0)),
            ("1e-", Some(1.0)),
            ("1.2.3", Some(1.2)),
            ("+7m", Some(7.0)),
            ("1e999", None),
            ("Infinity", None),
            ("--1", None),
            (".", None),
            ("é", None),
        ] {
            assert_eq!(real(text), number, "{text:?}");
        }
    }
}
