#!/usr/bin/env bash
# mail-builder 0.4.4 (crate), function encoders::quoted_printable::quoted_printable_encode, with the body mode.
#
# Expected: RFC 2045, section 6.7, rule 5: encoded lines are at most 76 characters long, the soft line break's "=" included.
# Seen: plain ASCII text without line breaks is cut into lines of 77 characters, each with the "=" at its end. mail-builder 1.0.0
# writes 76. Linters of email and strict receivers complain about the longer ones; nothing is lost in them.
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
old = { package = "mail-builder", version = "=0.4.4" }
new = { package = "mail-builder", version = "=1.0.0" }
[workspace]
TOML
cat > src/main.rs <<'RUST'
fn main() {
    let text = "plain words ".repeat(50);
    let mut before = Vec::new();
    old::encoders::quoted_printable::quoted_printable_encode(text.as_bytes(), &mut before, true).unwrap();
    let mut after = Vec::new();
    new::encoders::quoted_printable::QuotedPrintableEncoder::new()
        .preserve_line_breaks()
        .encode_into(text.as_bytes(), &mut after);
    for (version, encoded) in [("0.4.4", before), ("1.0.0", after)] {
        let text = String::from_utf8(encoded).unwrap();
        let longest = text.split("\r\n").map(str::len).max().unwrap();
        println!("{version}: longest line {longest}");
    }
}
RUST
seen=$(CARGO_TARGET_DIR="$dir/target" cargo run --quiet)
printf '%s\n' "$seen"
[[ $seen == "0.4.4: longest line 77
1.0.0: longest line 76" ]]
