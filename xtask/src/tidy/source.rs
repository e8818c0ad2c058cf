//! Reads Rust just well enough for tidy: comments and strings distinguished, test code marked,
//! `use` trees expanded into paths. No syntax tree: a rule looks at words, not at meaning.

/// One file, taken apart. Line numbers of all parts are those of the file.
pub(crate) struct Source {
    /// The text with comments and string contents blanked.
    pub(crate) code: String,
    /// The text with comments blanked only.
    pub(crate) spoken: String,
    /// String literals with the line on which they start.
    pub(crate) literals: Vec<(usize, String)>,
    test_lines: Vec<bool>,
}

/// `crate::actions::store`, with its line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PathUse {
    pub(crate) line: usize,
    pub(crate) segments: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Comment,
    Literal,
    Code,
}

impl Source {
    pub(crate) fn read(path: &str, text: &str) -> Self {
        let (mut code, mut spoken, mut literals) = (String::new(), String::new(), Vec::new());
        let (mut rest, mut line, mut previous) = (text, 1, ' ');
        while let Some(first) = rest.chars().next() {
            let (kind, length) = token(rest, previous);
            let (piece, after) = rest.split_at_checked(length.max(1)).unwrap_or((rest, ""));
            match kind {
                Token::Code => code.push_str(piece),
                Token::Comment | Token::Literal => blank(&mut code, piece),
            }
            match kind {
                Token::Comment => blank(&mut spoken, piece),
                Token::Code | Token::Literal => spoken.push_str(piece),
            }
            if kind == Token::Literal {
                literals.push((line, inside(piece).to_owned()));
            }
            line += piece.matches('\n').count();
            previous = first;
            rest = after;
        }
        let in_folder = path.contains("/tests/") || path.ends_with("/tests.rs");
        let test_lines = if in_folder { vec![true; line] } else { test_modules(&code) };
        Self { code, spoken, literals, test_lines }
    }

    pub(crate) fn is_test(&self, line: usize) -> bool {
        line.checked_sub(1).and_then(|at| self.test_lines.get(at)).copied().unwrap_or(false)
    }

    /// Every path of the file, groups of `use` expanded; single names are left out.
    pub(crate) fn paths(&self) -> Vec<PathUse> {
        let mut paths = Paths::default();
        for (line, text) in super::tree::numbered(&self.code) {
            paths.read(line, text);
        }
        paths.flush();
        paths.found
    }
}

fn blank(code: &mut String, piece: &str) {
    code.extend(piece.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
}

fn inside(literal: &str) -> &str {
    literal.trim_start_matches('r').trim_matches('#').trim_matches('"')
}

/// Kind and length in bytes of what `rest` begins with.
fn token(rest: &str, previous: char) -> (Token, usize) {
    let whole = rest.len();
    if rest.starts_with("//") {
        return (Token::Comment, rest.find('\n').unwrap_or(whole));
    }
    if rest.starts_with("/*") {
        return (Token::Comment, block_comment(rest));
    }
    if rest.starts_with('"') {
        return (Token::Literal, string(rest));
    }
    let begins_word = !(previous.is_alphanumeric() || previous == '_') || previous == 'b';
    if let Some(raw) = rest.strip_prefix('r').filter(|_| begins_word) {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let close = format!("\"{}", "#".repeat(hashes));
        if let Some(body) = raw.get(hashes..).and_then(|raw| raw.strip_prefix('"')) {
            let end = body.find(&close).map_or(whole, |at| 2 + hashes + at + close.len());
            return (Token::Literal, end);
        }
    }
    if let Some(quoted) = rest.strip_prefix('\'') {
        let mut chars = quoted.chars();
        match (chars.next(), chars.next()) {
            (Some('\\'), Some(escaped)) => {
                let skip = 2 + escaped.len_utf8();
                let close = rest.get(skip..).and_then(|tail| tail.find('\''));
                return (Token::Comment, close.map_or(whole, |at| skip + at + 1));
            }
            (Some(plain), Some('\'')) => return (Token::Comment, plain.len_utf8() + 2),
            _ => {}
        }
    }
    (Token::Code, rest.chars().next().map_or(1, char::len_utf8))
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_u32;
    let mut at = 0;
    while let Some(tail) = rest.get(at..).filter(|tail| !tail.is_empty()) {
        if tail.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if tail.starts_with("*/") {
            depth = depth.saturating_sub(1);
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += tail.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\\' => escaped = !escaped,
            '"' if !escaped => return at + 1,
            _ => escaped = false,
        }
    }
    rest.len()
}

/// Marks the lines of every item behind `#[cfg(test)]`, by counting braces.
fn test_modules(code: &str) -> Vec<bool> {
    let mut marks = Vec::new();
    let (mut waiting, mut depth) = (false, 0_u32);
    for line in code.lines() {
        waiting |= depth == 0 && line.contains("#[cfg(test)]");
        marks.push(waiting || depth > 0);
        for c in line.chars() {
            match c {
                _ if !waiting && depth == 0 => break,
                '{' => (waiting, depth) = (false, depth + 1),
                '}' => depth = depth.saturating_sub(1),
                ';' if depth == 0 => waiting = false,
                _ => {}
            }
        }
    }
    marks
}

/// The walk over words, `::` and braces that expands `a::{b, c::d}`.
#[derive(Default)]
struct Paths {
    found: Vec<PathUse>,
    current: Vec<String>,
    line: usize,
    after_separator: bool,
    /// For each open brace the prefix it carries; none for a brace that is no group.
    groups: Vec<Vec<String>>,
}

impl Paths {
    fn read(&mut self, line: usize, text: &str) {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            if word > 0 {
                self.word(line, rest.get(..word).unwrap_or_default());
                rest = rest.get(word..).unwrap_or_default();
                continue;
            }
            if let Some(after) = rest.strip_prefix("::") {
                self.after_separator = true;
                rest = after;
                continue;
            }
            self.mark(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }

    fn word(&mut self, line: usize, word: &str) {
        if !self.after_separator {
            self.flush();
            self.current = self.groups.last().cloned().unwrap_or_default();
        }
        self.line = line;
        self.current.push(word.to_owned());
        self.after_separator = false;
    }

    fn mark(&mut self, mark: char) {
        match mark {
            '{' if self.after_separator => self.groups.push(std::mem::take(&mut self.current)),
            '{' => {
                self.flush();
                self.groups.push(Vec::new());
            }
            '}' => {
                self.flush();
                self.groups.pop();
            }
            // rustfmt breaks long paths before `::`, never before a word.
            ' ' => return,
            _ => self.flush(),
        }
        self.after_separator = false;
    }

    fn flush(&mut self) {
        let segments = std::mem::take(&mut self.current);
        if segments.len() > 1 {
            self.found.push(PathUse { line: self.line, segments });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_strings_and_lifetimes_are_distinguished() {
        let text =
            "// a::b\nfn f<'a>(x: &'a str) { g(\"c::d\", '\"', r#\"e\"#) } /* h::i */\nj::k();";
        let source = Source::read("x.rs", text);
        assert_eq!(source.literals, [(2, "c::d".to_owned()), (2, "e".to_owned())]);
        let paths = source.paths();
        assert_eq!(paths, [PathUse { line: 3, segments: vec!["j".into(), "k".into()] }]);
    }

    #[test]
    fn groups_are_expanded() {
        let source = Source::read("x.rs", "use crate::{\n  a::{http, ops as o},\n  App,\n};\n");
        let joined: Vec<String> = source.paths().iter().map(|p| p.segments.join("::")).collect();
        assert!(joined.contains(&"crate::a::http".to_owned()));
        assert!(joined.contains(&"crate::a::ops".to_owned()));
        assert!(joined.contains(&"crate::App".to_owned()));
    }

    #[test]
    fn test_modules_end_where_their_brace_closes() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() {}\n}\nfn c() {}\n";
        let source = Source::read("x.rs", text);
        let marks: Vec<bool> = (1..=6).map(|line| source.is_test(line)).collect();
        assert_eq!(marks, [false, true, true, true, true, false]);
    }
}
