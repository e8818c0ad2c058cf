//! Reads CSV files row by row. Errors have file, line and column.

use std::{
    fmt::Display,
    fs::File,
    io::{Read, Seek},
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow};
use csv::{ByteRecord, ErrorKind, Position, Reader, ReaderBuilder};

use super::progress::{Progress, Step};

/// Rows between two reports of progress.
const REPORT_EVERY_ROWS: u32 = 50_000;
/// Bytes read at once.
const BUFFER_BYTES: usize = 1 << 18;
/// Bytes in which the first line ends.
const FIRST_LINE_BYTES: u64 = 1 << 14;

/// Whether the first row contains headings.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    Headings,
    Row,
}

pub(super) struct Table {
    path: PathBuf,
    reader: Reader<File>,
    lines: Lines,
    headings: Vec<String>,
}

pub(super) struct Row<'a> {
    table: &'a Table,
    cells: &'a ByteRecord,
}

impl Table {
    /// Opens a file. All rows must have the same number of columns.
    pub(super) fn open(path: &Path, first: First) -> anyhow::Result<Self> {
        let mut file =
            File::open(path).with_context(|| format!("failed to open {}", path.display()))?;
        let lines = Lines::detect(&mut file)?;
        let mut reader = ReaderBuilder::new()
            .has_headers(first == First::Headings)
            .buffer_capacity(BUFFER_BYTES)
            .from_reader(file);
        let mut headings = Vec::new();
        if first == First::Headings {
            let found = reader.byte_headers().map_err(|error| with_line(path, lines, error))?;
            headings.extend(found.iter().map(heading));
        }
        Ok(Self { path: path.to_owned(), reader, lines, headings })
    }

    /// The headings in lower case, without a byte order mark.
    pub(super) fn headings(&self) -> &[String] {
        &self.headings
    }

    /// Calls `take` for each row, and reports progress from `before` bytes on.
    pub(super) fn each(
        mut self,
        before: u64,
        total: u64,
        progress: &mut Progress<'_>,
        mut take: impl FnMut(&Row<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut cells = ByteRecord::new();
        let mut rows = 0_u32;
        loop {
            if rows.is_multiple_of(REPORT_EVERY_ROWS) {
                let done = before + self.reader.position().byte();
                progress(Step { what: "reading", done, total });
            }
            rows = rows.wrapping_add(1);
            let read = self.reader.read_byte_record(&mut cells);
            if !read.map_err(|error| with_line(&self.path, self.lines, error))? {
                return Ok(());
            }
            take(&Row { table: &self, cells: &cells })?;
        }
    }
}

impl<'a> Row<'a> {
    pub(super) fn columns(&self) -> usize {
        self.cells.len()
    }

    /// The trimmed text of a column.
    pub(super) fn text(&self, column: usize) -> anyhow::Result<&'a str> {
        let bytes = self.cells.get(column).unwrap_or_default();
        let bytes =
            if column == 0 { bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes) } else { bytes };
        let text =
            std::str::from_utf8(bytes).map_err(|_not_utf8| self.error(column, "is not UTF-8"));
        Ok(text?.trim())
    }

    /// The value of a column, parsed by `parse`; none if it is empty.
    pub(super) fn parsed<T>(
        &self,
        column: usize,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> anyhow::Result<Option<T>> {
        let text = self.text(column)?;
        if text.is_empty() {
            return Ok(None);
        }
        match parse(text) {
            Some(value) => Ok(Some(value)),
            None => Err(self.error(column, format_args!("must be {expected}, not {text:?}"))),
        }
    }

    /// An error in a column.
    pub(super) fn error(&self, column: usize, what: impl Display) -> anyhow::Error {
        let named = self.table.headings.get(column).map(|heading| format!(" ({heading})"));
        let number = column + 1;
        self.error_of_row(format_args!("column {number}{} {what}", named.unwrap_or_default()))
    }

    /// An error of the whole row.
    pub(super) fn error_of_row(&self, what: impl Display) -> anyhow::Error {
        let line = self.table.lines.number(self.cells.position());
        anyhow!("{}, line {line}: {what}", self.table.path.display())
    }
}

/// A heading, normalised for comparison.
pub(super) fn heading(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim_start_matches('\u{feff}').trim().to_ascii_lowercase()
}

/// Whether a heading in lower case matches a pattern, in which `#` stands for a digit.
pub(super) fn matches(pattern: &str, heading: &str) -> bool {
    pattern.len() == heading.len()
        && pattern.bytes().zip(heading.bytes()).all(|(expected, found)| match expected {
            b'#' => found.is_ascii_digit(),
            _ => expected == found,
        })
}

/// The column that matches the first pattern that any column matches.
pub(super) fn find(headings: &[String], patterns: &[&str]) -> Option<usize> {
    patterns
        .iter()
        .find_map(|pattern| headings.iter().position(|heading| matches(pattern, heading)))
}

/// How the lines of a file end.
#[derive(Clone, Copy)]
struct Lines {
    /// With CR LF, the reader counts the line feed as the start of the next row, whose line number is then one too low.
    is_crlf: bool,
}

impl Lines {
    fn detect(file: &mut File) -> std::io::Result<Self> {
        let mut start = Vec::new();
        file.by_ref().take(FIRST_LINE_BYTES).read_to_end(&mut start)?;
        file.rewind()?;
        Ok(Self { is_crlf: start.windows(2).any(|pair| pair == b"\r\n") })
    }

    fn number(self, position: Option<&Position>) -> u64 {
        position.map_or(0, |at| at.line() + u64::from(self.is_crlf && at.byte() > 0))
    }
}

fn with_line(path: &Path, lines: Lines, error: csv::Error) -> anyhow::Error {
    let path = path.display();
    match error.kind() {
        ErrorKind::UnequalLengths { pos, expected_len, len } => anyhow!(
            "{path}, line {}: has {len} columns, the first row has {expected_len}",
            lines.number(pos.as_ref())
        ),
        ErrorKind::Io(_) => anyhow::Error::new(error).context(format!("failed to read {path}")),
        _ => anyhow!("{path}, line {}: {error}", lines.number(error.position())),
    }
}

#[cfg(test)]
mod tests {
    use super::{heading, matches};

    #[test]
    fn headings_are_found_by_stem_and_any_vintage() {
        assert!(matches("lad##cd", "lad25cd") && matches("lad##cd", &heading(b"LAD26CD")));
        assert!(matches("pcds", &heading("\u{feff}pcds".as_bytes())));
        assert!(!matches("lad##cd", "ladxxcd") && !matches("lad##cd", "lad25cdx"));
    }
}
