//! The ONS's own "names and codes" files: separated by commas, semicolons or tabs, with or without a byte order mark, in
//! UTF-8 or Windows-1252. Columns are identified by their headings (`LAD25CD`, `LAD25NM`).

use std::{borrow::Cow, path::Path};

use anyhow::Context;
use csv::ReaderBuilder;
use encoding_rs::WINDOWS_1252;

use crate::{
    dataset::{codes::is_not_applicable, kind::Kind},
    import::table::{find, heading},
};

const DELIMITERS: [char; 4] = [',', '\t', ';', '|'];
/// Columns of the code and of the name or value, if they are not `…CD` and `…NM` of the kind's own heading.
const SPECIAL: [(Kind, &str, &str); 6] = [
    (Kind::SubIcbNhs, "sicbl##cd", "sicbl##cdh"),
    (Kind::SeneddConstituency, "pcon##cd", "senc##cd"),
    (Kind::Nuts, "lau###cd", "itl3##cd"),
    (Kind::Lau2, "lau###cd", "itl3##nm"),
    (Kind::Lep1, "lep##cd", "lep##nm"),
    (Kind::Lep2, "lep##cd", "lep##nm"),
];

/// Kinds whose codes that say "not applicable" keep the ONS's names, such as `(pseudo) Wales`. Every file has such names, but
/// postcodes.io shows only those of these kinds.
const NAMED_NOT_APPLICABLE: [Kind; 7] = [
    Kind::District,
    Kind::Ward,
    Kind::PrimaryCareTrust,
    Kind::Icb,
    Kind::PoliceForce,
    Kind::NationalPark,
    Kind::Ruc11,
];

/// Calls `named` with kind, code and name of each entry; not at all if no heading is known.
pub(super) fn read(file: &Path, mut named: impl FnMut(Kind, &str, &str)) -> anyhow::Result<()> {
    let bytes =
        std::fs::read(file).with_context(|| format!("failed to read {}", file.display()))?;
    let text = decode(&bytes);
    let first = text.lines().next().unwrap_or_default();
    // The first among equally frequent ones, so that a single column works too.
    let count = |delimiter: &char| first.matches(*delimiter).count();
    let delimiter = DELIMITERS.into_iter().rev().max_by_key(count).unwrap_or(',');
    let delimiter = u8::try_from(delimiter)?;
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let headings: Vec<String> = reader.byte_headers()?.iter().map(heading).collect();
    let columns = columns(&headings);
    if columns.is_empty() {
        return Ok(());
    }
    for row in reader.records() {
        let row = row.with_context(|| format!("failed to read {}", file.display()))?;
        let cell = |column: usize| row.get(column).unwrap_or_default().trim();
        for (kind, code, name) in &columns {
            let code = cell(*code);
            if !is_not_applicable(code) || NAMED_NOT_APPLICABLE.contains(kind) {
                named(*kind, code, cell(*name));
            }
        }
    }
    Ok(())
}

/// UTF-8 if valid, otherwise Windows-1252.
fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// The kinds in the file, with the columns of code and name.
fn columns(headings: &[String]) -> Vec<(Kind, usize, usize)> {
    let own = Kind::ALL.into_iter().flat_map(|kind| {
        let stems = kind.headings().iter();
        stems.filter_map(move |pattern| Some((kind, stem(pattern)?, *pattern)))
    });
    let own = own.filter_map(|(kind, stem, code)| {
        let code = find(headings, &[code])?;
        let name = format!("{stem}nm");
        Some((kind, code, find(headings, &[name.as_str()])?))
    });
    let special = SPECIAL.into_iter().filter_map(|(kind, code, name)| {
        Some((kind, find(headings, &[code])?, find(headings, &[name])?))
    });
    own.chain(special).collect()
}

/// `lad##` of `lad##cd`, `ruc21` of `ruc21ind`.
fn stem(pattern: &str) -> Option<&str> {
    pattern.strip_suffix("cd").or_else(|| pattern.strip_suffix("ind"))
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn welsh_names_are_read_in_either_encoding() {
        assert_eq!(decode("\u{feff}Ynys Môn".as_bytes()), "Ynys Môn");
        assert_eq!(decode(b"Ynys M\xf4n, Si\xe2n\x92s"), "Ynys Môn, Siân’s");
    }
}
