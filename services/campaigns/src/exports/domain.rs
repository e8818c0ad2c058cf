//! The lines of the CSV file, with cells that no spreadsheet takes for a formula.

use crate::actions::domain::{Action, ConsentAnswer, Personal};

/// Columns of the file; the disclosure names them too.
pub(super) const COLUMNS: [&str; 11] = [
    "action_id",
    "taken_at",
    "confirmed_at",
    "constituency",
    "name",
    "email",
    "postcode",
    "address",
    "subject",
    "own_words",
    "consents",
];

/// The first line. Without the byte order mark spreadsheets take UTF-8 for an older encoding, and show other letters.
pub(super) fn header_line() -> String {
    format!("\u{feff}{}", line(COLUMNS))
}

pub(super) fn action_line(
    action: &Action,
    personal: &Personal,
    answers: &[ConsentAnswer],
) -> String {
    let consents: Vec<String> = answers.iter().map(consent).collect();
    line([
        action.id.to_string().as_str(),
        action.taken_at.to_rfc3339().as_str(),
        action.confirmed_at.map(|at| at.to_rfc3339()).unwrap_or_default().as_str(),
        action.lookup.constituency().map_or("", |it| it.gss_code.as_str()),
        personal.name.as_str(),
        personal.email.as_str(),
        personal.postcode.as_str(),
        personal.address.as_str(),
        personal.subject_line.as_deref().unwrap_or_default(),
        personal.own_words.as_deref().unwrap_or_default(),
        consents.join(";").as_str(),
    ])
}

/// `news@2=no`: the question, the version of its wording, the answer.
fn consent(answer: &ConsentAnswer) -> String {
    let given = if answer.given { "yes" } else { "no" };
    format!("{}@{}={given}", answer.consent_id, answer.wording_version)
}

/// One line as in RFC 4180: every cell quoted.
fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> =
        cells.into_iter().map(|cell| format!("\"{}\"", safe(cell).replace('"', "\"\""))).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell that starts like a formula gets an apostrophe, which spreadsheets do not show.
fn safe(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed_and_quotes_doubled() {
        for bad in ["=1+1", "+44", "-1", "@SUM(A1)", "\tx", "\rx"] {
            assert_eq!(line([bad]), format!("\"'{bad}\"\r\n"));
        }
        assert_eq!(line(["a\"b", "c,d\ne", ""]), "\"a\"\"b\",\"c,d\ne\",\"\"\r\n");
    }
}
