//! Merge fields: plain substitution and conditions, within an instruction budget, without functions or filters. Pure.

use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};

use super::domain::{Fields, Message, with_head};
use crate::{campaigns::domain::Template, values::Fault};

/// What a template may name.
const FIELDS: [&str; 6] = [
    "supporter_name",
    "postcode",
    "constituency",
    "representative_name",
    "salutation",
    "own_words",
];
/// Instructions one rendering may take; a letter takes some dozens.
const FUEL: u64 = 10_000;
/// Longest rendered text, in bytes: the template, the own words, and room.
const MAX_RENDERED: usize = 100_000;

const UNKNOWN_FIELD: Fault = Fault {
    code: "unknown_merge_field",
    detail: "may name supporter_name, postcode, constituency, representative_name, salutation and own_words only",
};
const BROKEN: Fault = Fault { code: "template", detail: "does not render; look at its braces" };
const NOT_A_LINE: Fault =
    Fault { code: "control_character", detail: "renders to more than a line" };

const SAMPLE: Fields<'static> = Fields {
    supporter_name: "Ada Lovelace",
    postcode: "OX1 1AA",
    constituency: "Oxford East",
    representative_name: "Sam Example",
    salutation: "Dear Sam Example",
    own_words: "These are my own words.",
};

/// A template did not render although it did when the campaign was published.
#[derive(Debug, thiserror::Error)]
#[error("a template does not render")]
pub(crate) struct Unrenderable;

/// Whether a template names known fields and renders, with own words and without.
pub(crate) fn check(source: &str) -> Result<(), Fault> {
    let env = environment();
    let template = env.template_from_str(source).map_err(|_syntax| BROKEN)?;
    let named = template.undeclared_variables(false);
    if named.iter().any(|name| !FIELDS.contains(&name.as_str())) {
        return Err(UNKNOWN_FIELD);
    }
    if multiplies(source) {
        return Err(BROKEN);
    }
    for own_words in ["", SAMPLE.own_words] {
        let fields = Fields { own_words, ..SAMPLE.clone() };
        render(source, &fields).map_err(|_unrenderable| BROKEN)?;
    }
    Ok(())
}

/// The same for a subject line.
pub(crate) fn check_line(source: &str) -> Result<(), Fault> {
    check(source)?;
    match render(source, &SAMPLE) {
        Ok(line) if !line.contains(['\n', '\r']) => Ok(()),
        _ => Err(NOT_A_LINE),
    }
}

/// The message as it will be sent. The supporter's own subject line goes before the campaign's; own words for which the
/// template has no place follow its text.
pub(crate) fn compose(
    template: &Template,
    fields: &Fields<'_>,
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
    let body = with_head(fields.supporter_name, address, fields.postcode, &text);
    // A field's line break may not break out of the header, whatever it came from.
    Ok(Message { subject: subject.split_whitespace().collect::<Vec<_>>().join(" "), body })
}

fn render(source: &str, fields: &Fields<'_>) -> Result<String, Unrenderable> {
    let values = context! {
        supporter_name => fields.supporter_name,
        postcode => fields.postcode,
        constituency => fields.constituency,
        representative_name => fields.representative_name,
        salutation => fields.salutation,
        own_words => fields.own_words,
    };
    let rendered = environment().render_str(source, values).map_err(|_cause| Unrenderable)?;
    if rendered.len() > MAX_RENDERED { Err(Unrenderable) } else { Ok(rendered) }
}

fn environment() -> Environment<'static> {
    let mut env = Environment::empty();
    env.set_fuel(Some(FUEL));
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_name| AutoEscape::None);
    env
}

/// `{{ "x" * 1000000000 }}` is one instruction.
fn multiplies(source: &str) -> bool {
    source.split('{').skip(1).any(|tag| tag.split('}').next().is_some_and(|tag| tag.contains('*')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(subject: &str, body: &str) -> Template {
        Template { subject: subject.to_owned(), body: body.to_owned() }
    }

    #[test]
    fn the_message_has_the_postal_address_in_its_head_and_the_own_words_once() {
        let with_place =
            template("Trees in {{ constituency }}", "{{ salutation }},\n\n{{ own_words }}");
        let message = compose(&with_place, &SAMPLE, "1 High Street\nOxford", None).unwrap();
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
    fn what_a_supporter_writes_is_never_a_template() {
        let fields = Fields { own_words: "{{ postcode }}{% raw %}<b>&", ..SAMPLE.clone() };
        let message = compose(&template("x", "{{ own_words }}"), &fields, "y", None).unwrap();
        assert!(message.body.ends_with("{{ postcode }}{% raw %}<b>&"));
    }

    #[test]
    fn unknown_fields_broken_braces_and_bombs_are_refused() {
        assert_eq!(check("Dear {{ unheard_of_name }}").unwrap_err(), UNKNOWN_FIELD);
        for bad in [
            "{{ salutation",
            "{{ salutation.x }}",
            "{{ salutation|upper }}",
            "{% include \"x\" %}",
            "{{ \"x\" * 1000000000 }}",
            "{% for a in [1,2,3,4,5,6,7,8,9] %}{% for b in \"12345678901234567890\" %}{% for c in \"12345678901234567890\" %}{% for d in \"12345678901234567890\" %}x{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
        ] {
            assert_eq!(check(bad).unwrap_err(), BROKEN, "{bad}");
        }
        assert_eq!(check_line("a{{ '\n' }}b").unwrap_err(), NOT_A_LINE);
        assert!(check("{% if own_words %}{{ own_words }}{% endif %} {{ supporter_name }}").is_ok());
    }
}
