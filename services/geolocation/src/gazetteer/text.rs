//! One form for names and questions, so that "St. Albans", "Saint Albans" and "ST ALBANS" are the same.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Words in lower case without accents and punctuation, one space between them.
///
/// An apostrophe joins (King's → kings); everything else that is neither letter nor digit separates. Three words have two
/// spellings in British names; each becomes the shorter one.
pub(super) fn normalise(text: &str) -> String {
    let plain = text.nfkd().filter(|c| !is_combining_mark(*c) && !matches!(c, '\'' | '’' | '‘'));
    let spaced: String = plain
        .flat_map(char::to_lowercase)
        .flat_map(|c| match c {
            '&' => [' ', '&', ' '],
            c if c.is_alphanumeric() => [c, '\0', '\0'],
            _ => [' ', '\0', '\0'],
        })
        .filter(|c| *c != '\0')
        .collect();
    let words = spaced.split_whitespace().map(|word| match word {
        "saint" => "st",
        "and" => "&",
        "upon" => "on",
        other => other,
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn spellings_of_one_name_become_one() {
        for (one, other) in [
            ("St. Albans", "SAINT ALBANS"),
            ("King’s Lynn", "kings lynn"),
            ("Stow-on-the-Wold", "Stow upon the  Wold"),
            ("Ynys Môn", "ynys mon"),
            ("Tyne & Wear", "Tyne and Wear"),
            ("Àth nan Damh", "ath nan damh"),
        ] {
            assert_eq!(normalise(one), normalise(other));
        }
    }

    #[test]
    fn what_has_no_letters_is_nothing() {
        for text in ["", " ", "-–—", "\u{301}", "'", "\u{0}\u{7f}"] {
            assert_eq!(normalise(text), "");
        }
    }
}
