//! Renders templates, escaped by default, with a style that the policy names by its hash: nothing else runs or loads.

use anyhow::Context as _;
use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use chrono::DateTime;
use kit::bounded::BoundedWriter;
use minijinja::{AutoEscape, Environment, Value, context, value::Serde};
use serde::{Deserialize, Serialize};

use super::problems::EXPLANATIONS;

const STYLE: &str = include_str!("style.css");
/// Instructions that one rendering may take; our templates take a few hundred.
const FUEL: u64 = 200_000;
/// Longest page, in bytes: the longest message has 100,000, and escaping turns one into up to six.
const MAX_PAGE: usize = 1024 * 1024;

pub(crate) struct Renderer {
    templates: Environment<'static>,
    policy: String,
}

/// What campaigns returns about a link.
#[derive(Deserialize, Serialize)]
pub(super) struct Confirmation {
    /// `submitted`, `confirmed`, or `repeated`: another action of the person counts.
    state: String,
    /// Made by a test key: neither counted nor sent.
    #[serde(default)]
    test: bool,
    /// Goes with the form and comes back with it.
    token: Option<String>,
    campaign: Campaign,
    supporter: Supporter,
    message: Option<Message>,
    message_state: Option<String>,
    /// Since when the person is counted.
    confirmed_at: Option<String>,
    #[serde(default)]
    consents: Vec<Consent>,
    controller_policy_url: Option<String>,
    expires_at: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct Campaign {
    title: String,
    #[serde(default)]
    organisation: String,
    /// BCP 47 tag of what the organisation wrote; the page itself is in English.
    #[serde(default)]
    language: String,
}

#[derive(Deserialize, Serialize)]
struct Supporter {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
}

/// The message that is sent in the supporter's name.
#[derive(Deserialize, Serialize)]
struct Message {
    to: String,
    subject: String,
    body: String,
}

#[derive(Deserialize, Serialize)]
struct Consent {
    wording: String,
    given: bool,
}

impl Renderer {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let mut templates = Environment::new();
        templates.set_auto_escape_callback(|_name| AutoEscape::Html);
        templates.set_fuel(Some(FUEL));
        templates.add_template("page.html", include_str!("page.html"))?;
        templates.add_template("confirmation.html", include_str!("confirmation.html"))?;
        templates.add_template("message.html", include_str!("message.html"))?;
        templates.add_template("docs.html", include_str!("docs.html"))?;
        templates.add_global("style", Value::from_safe_string(STYLE.to_owned()));
        let hash = B64.encode(digest::digest(&digest::SHA256, STYLE.as_bytes()).as_ref());
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
        Ok(Self { templates, policy })
    }

    /// The Content-Security-Policy of every page.
    pub(super) fn policy(&self) -> &str {
        &self.policy
    }

    /// What a link is about, and why it is shown again.
    pub(super) fn confirmation(
        &self,
        confirmation: &Confirmation,
        notice: Option<&str>,
    ) -> anyhow::Result<String> {
        // Escaping does not stop `javascript:`; only web addresses become links.
        let policy = confirmation.controller_policy_url.as_deref();
        let policy = policy.filter(|url| url.starts_with("https://") || url.starts_with("http://"));
        let title = match confirmation.state.as_str() {
            "confirmed" => "Thank you",
            "repeated" => "You already took part",
            _ => "Please confirm",
        };
        let expires = confirmation.expires_at.as_deref().map(format_date);
        let confirmed = confirmation.confirmed_at.as_deref().map(format_date);
        let values = Value::from(Serde(confirmation));
        let context = context! { title, notice, policy, expires, confirmed, ..values };
        self.page(title, "confirmation.html", context)
    }

    /// A heading and a sentence.
    pub(super) fn message(&self, title: &str, text: &str) -> anyhow::Result<String> {
        self.page(title, "message.html", context! { title, text })
    }

    /// The API page.
    pub(crate) fn docs(&self, groups: &impl Serialize) -> anyhow::Result<String> {
        let groups = Value::from(Serde(groups));
        let problems = Value::from(Serde(EXPLANATIONS));
        self.page("Folkmoot API", "docs.html", context! { groups, problems })
    }

    fn page(&self, title: &str, name: &str, values: Value) -> anyhow::Result<String> {
        let content = self.render(name, values)?;
        self.render("page.html", context! { title, content })
    }

    fn render(&self, name: &str, context: Value) -> anyhow::Result<String> {
        let template = self.templates.get_template(name)?;
        let mut out = BoundedWriter::new(MAX_PAGE);
        template
            .render_captured_to(context, &mut out)
            .with_context(|| format!("failed to render {name}"))?;
        Ok(out.into_string()?)
    }
}

/// "29 November 2026, 04:17 UTC"; a text that is not a time stays as it is.
fn format_date(text: &str) -> String {
    match DateTime::parse_from_rfc3339(text) {
        Ok(at) => at.to_utc().format("%-d %B %Y, %H:%M UTC").to_string(),
        Err(_other) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The engine prints `None`, `True` and `False` as Python does.
    #[test]
    fn what_is_missing_prints_nothing_and_names_stay_as_they_were_typed() {
        let renderer = Renderer::new().unwrap();
        let states = ["submitted", "confirmed", "repeated"];
        let message_states = [None, Some("waiting"), Some("no_target"), Some("sent")];
        for (state, message_state) in
            states.into_iter().flat_map(|s| message_states.map(|m| (s, m)))
        {
            let bare: Confirmation = serde_json::from_value(serde_json::json!({
                "state": state,
                "campaign": {"title": "Libraries"},
                "supporter": {"name": "Siân O'Brien", "email": "sian@example.org"},
                "message": null,
                "message_state": message_state,
                "consents": [{"wording": "News", "given": false}],
                "controller_policy_url": null,
                "expires_at": null,
            }))
            .unwrap();
            let page = renderer.confirmation(&bare, None).unwrap();
            if state != "repeated" {
                assert!(page.contains("Siân O&#x27;Brien"), "{page}");
                assert!(page.contains("<strong>No:</strong> <span lang=\"\">News"), "{page}");
            }
            for word in ["None", "none", "True", "true", "False", "false", "undefined"] {
                assert!(!page.replace(STYLE, "").contains(word), "{word} in {page}");
            }
        }
    }

    #[test]
    fn a_page_stops_growing_at_its_limit() {
        let renderer = Renderer::new().unwrap();
        assert!(renderer.message("Title", &"x".repeat(MAX_PAGE / 2)).is_ok());
        assert!(renderer.message("Title", &"x".repeat(MAX_PAGE)).is_err());
    }

    #[test]
    fn whatever_a_supporter_wrote_stays_text() {
        let confirmation: Confirmation = serde_json::from_value(serde_json::json!({
            "state": "submitted",
            "campaign": {"title": "<script>alert(1)</script>", "organisation": "A & B", "kind": "petition"},
            "supporter": {"name": "\"><img src=x>", "email": "a@example.org"},
            "message": {"to": "MP", "subject": "<b>", "body": "</pre><script>x</script>"},
            "consents": [{"wording": "<i>News</i>", "given": true}],
            "controller_policy_url": "javascript:alert(1)",
        }))
        .unwrap();
        let page = Renderer::new().unwrap().confirmation(&confirmation, None).unwrap();
        for unescaped in ["<script", "<img", "<i>", "<b>", "javascript:"] {
            assert!(!page.contains(unescaped), "{unescaped} in {page}");
        }
        assert!(page.contains("&lt;script&gt;alert(1)"));
        assert!(page.contains("lang=\"en-GB\"") && page.contains("<form method=\"post\">"));
    }
}
