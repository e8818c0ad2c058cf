//! Fills in message templates, within limits on instructions and on the text.

use contracts::values::InvalidValue;
use kit::bounded::BoundedWriter;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};

use super::{
    domain::{MergeFields, Message},
    grammar::{self, Refusal},
};
use crate::campaigns::domain::Template;

/// Most instructions of one rendering; a letter takes some dozens.
const FUEL: u64 = 10_000;
/// Longest rendered text, in bytes: the template, the own words, and room.
const MAX_RENDERED: usize = 100_000;
/// Longest subject, in characters. Messaging sends no longer one, and what is shown is what is sent.
const MAX_SUBJECT: usize = 250;

const UNKNOWN_FIELD: InvalidValue = InvalidValue::new(
    "unknown_merge_field",
    "may name supporter_name, postcode, constituency, representative_name, salutation and own_words only",
);
const SYNTAX: InvalidValue = InvalidValue::new("template", "does not parse; check its braces");
const NOT_ALLOWED: InvalidValue = InvalidValue::new(
    "template",
    "may contain only text, merge fields and if conditions: no filters, loops, assignments or arithmetic",
);
const TOO_LONG: InvalidValue =
    InvalidValue::new("too_long", "can render to more than 100,000 bytes");
const NOT_A_LINE: InvalidValue =
    InvalidValue::new("control_character", "renders to more than one line");

const SAMPLE: MergeFields<'static> = MergeFields {
    supporter_name: "Ada Lovelace",
    postcode: "OX1 1AA",
    constituency: "Oxford East",
    representative_name: "Sam Example",
    salutation: "Dear Sam Example",
    own_words: "These are my own words.",
};

/// A template does not render, although it did when the campaign was published.
#[derive(Debug, thiserror::Error)]
#[error("a template does not render")]
pub(crate) struct Unrenderable;

/// Checks what an organisation wrote, before it is stored.
pub(crate) fn check(source: &str) -> Result<(), InvalidValue> {
    let longest = grammar::longest(source).map_err(|refusal| match refusal {
        Refusal::Syntax => SYNTAX,
        Refusal::UnknownField => UNKNOWN_FIELD,
        Refusal::NotAllowed => NOT_ALLOWED,
    })?;
    if longest > MAX_RENDERED {
        return Err(TOO_LONG);
    }
    render(source, &SAMPLE).map(drop).map_err(|_unrenderable| SYNTAX)
}

/// The same for a subject line.
pub(crate) fn check_line(source: &str) -> Result<(), InvalidValue> {
    check(source)?;
    match render(source, &SAMPLE) {
        Ok(line) if !line.contains(['\n', '\r']) => Ok(()),
        _ => Err(NOT_A_LINE),
    }
}

/// The message as it will be sent. The supporter's own subject line replaces the campaign's; own words that the template
/// does not contain follow its text.
pub(super) fn compose(
    template: &Template,
    fields: &MergeFields<'_>,
    address: &str,
    own_subject: Option<&str>,
) -> Result<Message, Unrenderable> {
    let subject = match own_subject {
        Some(own) => own.to_owned(),
        None => render(&template.subject, fields)?,
    };
    let mut text = render(&template.body, fields)?;
    if !fields.own_words.is_empty() && !template.body.contains("own_words") {
        text = format!("{text}\n\n{}", fields.own_words);
    }
    let MergeFields { supporter_name, postcode, .. } = fields;
    // The postal address is in the head, where offices look for it.
    let body = format!("{supporter_name}\n{address}\n{postcode}\n\n{text}");
    Ok(Message { subject: line(&subject), body })
}

/// A line break, whatever field it came from, must not break out of the header.
fn line(subject: &str) -> String {
    let words = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().take(MAX_SUBJECT).collect::<String>().trim_end().to_owned()
}

fn render(source: &str, fields: &MergeFields<'_>) -> Result<String, Unrenderable> {
    render_within(MAX_RENDERED, source, fields)
}

fn render_within(
    limit: usize,
    source: &str,
    fields: &MergeFields<'_>,
) -> Result<String, Unrenderable> {
    // A template that was stored under older rules is compiled only if it passes the current ones.
    grammar::longest(source).map_err(|_refusal| Unrenderable)?;
    let values = context! {
        supporter_name => fields.supporter_name,
        postcode => fields.postcode,
        constituency => fields.constituency,
        representative_name => fields.representative_name,
        salutation => fields.salutation,
        own_words => fields.own_words,
    };
    let env = environment();
    let template = env.template_from_str(source).map_err(|_cause| Unrenderable)?;
    let mut out = BoundedWriter::new(limit);
    template.render_captured_to(values, &mut out).map_err(|_cause| Unrenderable)?;
    out.into_string().map_err(|_cause| Unrenderable)
}

fn environment() -> Environment<'static> {
    let mut env = Environment::empty();
    env.set_fuel(Some(FUEL));
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_name| AutoEscape::None);
    env
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(subject: &str, body: &str) -> Template {
        Template { subject: subject.to_owned(), body: body.to_owned() }
    }

    #[test]
    fn the_message_has_the_postal_address_in_its_head_and_the_own_words_once() {
        let with_words =
            template("Trees in {{ constituency }}", "{{ salutation }},\n\n{{ own_words }}");
        let message = compose(&with_words, &SAMPLE, "1 High Street\nOxford", None).unwrap();
        assert_eq!(message.subject, "Trees in Oxford East");
        assert_eq!(
            message.body,
            "Ada Lovelace\n1 High Street\nOxford\nOX1 1AA\n\nDear Sam Example,\n\nThese are my own words."
        );
        let without = template("Trees", "Please plant some.");
        let message = compose(&without, &SAMPLE, "x", Some("My subject")).unwrap();
        assert_eq!(message.subject, "My subject");
        assert!(message.body.ends_with("Please plant some.\n\nThese are my own words."));
    }

    #[test]
    fn a_subject_is_one_line_as_long_as_it_is_sent() {
        let own_words = "word\n".repeat(100);
        let fields = MergeFields { own_words: &own_words, ..SAMPLE.clone() };
        let message = compose(&template("{{ own_words }}", "x"), &fields, "y", None).unwrap();
        assert_eq!(message.subject, "word ".repeat(50).trim_end());
    }

    #[test]
    fn what_a_supporter_writes_is_never_a_template() {
        let fields = MergeFields { own_words: "{{ postcode }}{% raw %}<b>&", ..SAMPLE.clone() };
        let message = compose(&template("x", "{{ own_words }}"), &fields, "y", None).unwrap();
        assert!(message.body.ends_with("{{ postcode }}{% raw %}<b>&"));
    }

    #[test]
    fn unknown_fields_broken_braces_and_everything_but_conditions_are_refused() {
        assert_eq!(check("Dear {{ unheard_of_name }}").unwrap_err(), UNKNOWN_FIELD);
        for bad in ["{{ salutation", "{% include \"x\" %}"] {
            assert_eq!(check(bad).unwrap_err(), SYNTAX, "{bad}");
        }
        for bad in [
            "{{ salutation.x }}",
            "{{ salutation|upper }}",
            "{{ \"x\" * 3 }}",
            "{{ own_words ~ own_words }}",
            "{% for a in [1, 2] %}x{% endfor %}",
        ] {
            assert_eq!(check(bad).unwrap_err(), NOT_ALLOWED, "{bad}");
        }
        assert_eq!(check_line("a{{ '\n' }}b").unwrap_err(), NOT_A_LINE);
        assert!(check("{% if own_words %}{{ own_words }}{% endif %} {{ supporter_name }}").is_ok());
    }

    #[test]
    fn a_template_that_the_longest_own_words_make_too_long_is_refused() {
        assert!(check(&"{{ own_words }}".repeat(2)).is_ok());
        assert_eq!(check(&"{{ own_words }}".repeat(3)).unwrap_err(), TOO_LONG);
    }

    #[test]
    fn rendering_stops_at_its_limit() {
        let source = "{{ postcode }}, {{ postcode }}";
        assert_eq!(render_within(16, source, &SAMPLE).unwrap(), "OX1 1AA, OX1 1AA");
        assert!(render_within(15, source, &SAMPLE).is_err());
    }

    #[test]
    fn names_stay_as_they_were_typed_and_an_empty_field_prints_nothing() {
        let fields = MergeFields {
            supporter_name: "Siân O'Brien",
            salutation: "Dear Ms O'Brien",
            own_words: "",
            ..SAMPLE.clone()
        };
        let source = "{{ salutation }},\n{{ own_words }}{{ 'No words.' if not own_words else '' }}\n{{ supporter_name }}";
        let rendered = render(source, &fields).unwrap();
        assert_eq!(rendered, "Dear Ms O'Brien,\nNo words.\nSiân O'Brien");
    }
}
