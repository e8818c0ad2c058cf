//! What a message template may contain: text, merge fields and conditions.
//!
//! The engine offers far more: loops, assignments, filters, arithmetic, repetition, concatenation. Before 3.1 its budget did
//! not charge for the memory that these take, and its parser still does not bound the depth of a chain of operators. So the
//! tokens and the parsed tree are checked here, and only what passes is compiled.

use minijinja::machinery::{
    Token,
    ast::{BinOpKind, Expr, Stmt, UnaryOpKind},
    parse, tokenize,
};

/// Most bytes of one character in UTF-8.
const CHAR: usize = 4;

/// The merge fields, each with the most bytes of its value. Names of constituencies come from the postcode data, which has
/// no limit; the longest has 46 characters.
pub(super) const FIELDS: [(&str, usize); 6] = [
    ("supporter_name", 100 * CHAR),
    ("postcode", 8),
    ("constituency", 100 * CHAR),
    ("representative_name", 100 * CHAR),
    ("salutation", 100 * CHAR),
    ("own_words", 10_000 * CHAR),
];

/// Most tokens between two braces. Bounds the depth of an expression, which the parser itself does not do for chains of
/// operators.
const MAX_TOKENS: usize = 64;

/// Why a template is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It does not parse.
    Syntax,
    /// It names something that is not a merge field.
    UnknownField,
    /// It contains something that is neither a merge field nor a condition.
    NotAllowed,
}

/// Checks a template; returns the most bytes it can render to.
pub(super) fn longest(source: &str) -> Result<usize, Refusal> {
    check_tokens(source)?;
    match parse(source, "message", minijinja::syntax::SyntaxConfig::default()) {
        Ok(Stmt::Template(template)) => statements(&template.children),
        _ => Err(Refusal::Syntax),
    }
}

fn check_tokens(source: &str) -> Result<(), Refusal> {
    let mut in_tag = 0;
    for token in tokenize(source, false, minijinja::syntax::SyntaxConfig::default()) {
        match token.map_err(|_syntax| Refusal::Syntax)?.0 {
            Token::TemplateData(_) | Token::VariableStart | Token::BlockStart => in_tag = 0,
            Token::VariableEnd
            | Token::BlockEnd
            | Token::Ident(_)
            | Token::Str(_)
            | Token::String(_)
            | Token::Eq
            | Token::Ne
            | Token::ParenOpen
            | Token::ParenClose => in_tag += 1,
            _ => return Err(Refusal::NotAllowed),
        }
        if in_tag > MAX_TOKENS {
            return Err(Refusal::NotAllowed);
        }
    }
    Ok(())
}

fn statements(all: &[Stmt<'_>]) -> Result<usize, Refusal> {
    all.iter().try_fold(0_usize, |sum, one| Ok(sum.saturating_add(statement(one)?)))
}

fn statement(one: &Stmt<'_>) -> Result<usize, Refusal> {
    match one {
        Stmt::EmitRaw(text) => Ok(text.raw.len()),
        Stmt::EmitExpr(emit) => text(&emit.expr),
        Stmt::IfCond(branch) => {
            condition(&branch.expr)?;
            Ok(statements(&branch.true_body)?.max(statements(&branch.false_body)?))
        }
        _ => Err(Refusal::NotAllowed),
    }
}

/// An expression whose value is text. Never a boolean or none, which would be printed as `True` and `None`.
fn text(expr: &Expr<'_>) -> Result<usize, Refusal> {
    match expr {
        Expr::Var(var) => field(var.id),
        Expr::Const(constant) => constant.value.as_str().map(str::len).ok_or(Refusal::NotAllowed),
        Expr::IfExpr(branch) => {
            condition(&branch.test_expr)?;
            let otherwise = branch.false_expr.as_ref().ok_or(Refusal::NotAllowed)?;
            Ok(text(&branch.true_expr)?.max(text(otherwise)?))
        }
        Expr::BinOp(op) if matches!(op.op, BinOpKind::ScAnd | BinOpKind::ScOr) => {
            Ok(text(&op.left)?.max(text(&op.right)?))
        }
        _ => Err(Refusal::NotAllowed),
    }
}

fn condition(expr: &Expr<'_>) -> Result<(), Refusal> {
    match expr {
        Expr::UnaryOp(not) if matches!(not.op, UnaryOpKind::Not) => condition(&not.expr),
        Expr::BinOp(op) => match op.op {
            BinOpKind::ScAnd | BinOpKind::ScOr => {
                condition(&op.left)?;
                condition(&op.right)
            }
            BinOpKind::Eq | BinOpKind::Ne | BinOpKind::In => {
                text(&op.left)?;
                text(&op.right).map(drop)
            }
            _ => Err(Refusal::NotAllowed),
        },
        _ => text(expr).map(drop),
    }
}

fn field(name: &str) -> Result<usize, Refusal> {
    let found = FIELDS.iter().find(|(known, _)| *known == name);
    found.map(|(_, longest)| *longest).ok_or(Refusal::UnknownField)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::request::{MAX_NAME, MAX_OWN_WORDS};

    #[test]
    fn text_fields_and_conditions_pass_with_the_length_of_their_longest_branch() {
        for (source, expected) in [
            ("", 0),
            ("Dear all,", 9),
            ("a {{ postcode }} b", 12),
            ("{% if own_words %}abc{% elif postcode == 'x' %}abcdef{% else %}ab{% endif %}", 6),
            ("{% if not own_words and 'x' in constituency %}abc{% endif %}", 3),
            ("{% if 'x' not in constituency or (postcode != 'y') %}abc{% endif %}", 3),
            ("{{ own_words or 'no words' }}", 40_000),
            ("{{ 'yes' if own_words else 'no' }}", 3),
            ("{# a note #}{% raw %}{{ x * 2 }}{% endraw %}", 11),
            ("{{ '{{' }}", 2),
        ] {
            assert_eq!(longest(source), Ok(expected), "{source}");
        }
    }

    #[test]
    fn whatever_else_the_engine_can_do_is_refused() {
        for source in [
            "{{ 'x' * 3 }}",
            "{{ 3 * 'x' }}",
            "{{ postcode ~ postcode }}",
            "{{ 'a' + 'b' }}",
            "{{ 2 ** 3 }}",
            "{{ -1 }}",
            "{{ 1 }}",
            "{{ [postcode] }}",
            "{{ {'a': postcode} }}",
            "{{ postcode[0] }}",
            "{{ postcode[:2] }}",
            "{{ salutation.x }}",
            "{{ salutation|title }}",
            "{{ postcode is defined }}",
            "{{ range(3) }}",
            "{{ postcode.upper() }}",
            "{{ true }}",
            "{{ none }}",
            "{{ not postcode }}",
            "{{ postcode == 'x' }}",
            "{{ postcode if own_words }}",
            "{% if postcode > 'a' %}x{% endif %}",
            "{% if postcode == 'a' == 'b' %}x{% endif %}",
            "{% if true %}x{% endif %}",
            "{% for c in postcode %}{{ c }}{% endfor %}",
            "{% for c in range(3) recursive %}{{ loop(postcode) }}{% endfor %}",
            "{% set own_words = postcode %}",
            "{% set own_words %}{{ postcode }}{% endset %}",
            "{% with own_words = postcode %}x{% endwith %}",
            "{% with %}x{% endwith %}",
            "{% filter upper %}x{% endfilter %}",
            "{% autoescape 'html' %}x{% endautoescape %}",
            "{% do postcode() %}",
        ] {
            assert_eq!(longest(source), Err(Refusal::NotAllowed), "{source}");
        }
        for source in
            ["{{ salutation", "{% if postcode %}", "{% include 'x' %}", "{{ }}", "{{ ! }}"]
        {
            assert_eq!(longest(source), Err(Refusal::Syntax), "{source}");
        }
        for source in ["{{ unheard_of }}", "{% if unheard_of %}x{% endif %}", "{{ loop }}"] {
            assert_eq!(longest(source), Err(Refusal::UnknownField), "{source}");
        }
    }

    #[test]
    fn the_depth_of_an_expression_is_bounded_before_it_is_parsed() {
        let chain =
            |times: usize| format!("{{% if {}postcode %}}x{{% endif %}}", "not ".repeat(times));
        assert_eq!(longest(&chain(10)), Ok(1));
        assert_eq!(longest(&chain(70)), Err(Refusal::NotAllowed));
    }

    #[test]
    fn the_lengths_of_the_fields_are_those_that_forms_and_imports_accept() {
        let longest = |name| FIELDS.iter().find(|(known, _)| *known == name).unwrap().1;
        assert_eq!(longest("supporter_name"), MAX_NAME * CHAR);
        assert_eq!(longest("own_words"), MAX_OWN_WORDS * CHAR);
    }
}
