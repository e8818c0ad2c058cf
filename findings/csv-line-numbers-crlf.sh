#!/usr/bin/env bash
# csv 1.4.0 (crate), StringRecord::position and Position::line.
#
# Expected: the line of the record, counted from 1, as an editor shows it, whatever ends the lines.
# Seen: where lines end in CRLF, as spreadsheets write them and RFC 4180 has it, each record but the first is said to begin at the
# LF that ends the line before: its line is one too low, its byte offset is that of the LF. With LF alone both are right. Whoever
# reports errors by line names the wrong one to people who export from a spreadsheet.
# Needs cargo. Fails if the behaviour changes.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"
[dependencies]
csv = "=1.4.0"
[workspace]
TOML
cat > src/main.rs <<'RUST'
fn main() {
    for (name, end) in [("LF", "\n"), ("CRLF", "\r\n")] {
        let file = ["code,name", "A1,Ada", "B2,Bob", ""].join(end);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(file.as_bytes());
        let at = reader.records().map(|record| {
            let position = record.unwrap().position().unwrap().clone();
            format!("line {} at byte {}", position.line(), position.byte())
        });
        println!("{name}: {}", at.collect::<Vec<_>>().join(", "));
    }
}
RUST
seen=$(CARGO_TARGET_DIR="$dir/target" cargo run --quiet)
printf '%s\n' "$seen"
[[ $seen == "LF: line 1 at byte 0, line 2 at byte 10, line 3 at byte 17
CRLF: line 1 at byte 0, line 1 at byte 10, line 2 at byte 18" ]]
