//! The wording of the email that asks a supporter to confirm. It repeats nothing that the supporter wrote, since a stranger
//! may have entered this address: only a name, and that only when it cannot carry a link.

use chrono::{DateTime, Utc};

use super::header::clean;

/// Longest name that is greeted, in characters.
const MAX_GREETED: usize = 60;

pub(crate) struct Confirmation<'a> {
    /// As entered, by whoever it was.
    pub(crate) name: &'a str,
    pub(crate) organisation: &'a str,
    pub(crate) campaign_title: &'a str,
    /// The whole URL.
    pub(crate) link: &'a str,
    /// When the link expires.
    pub(crate) expires_at: DateTime<Utc>,
}

impl Confirmation<'_> {
    pub(crate) fn subject(&self) -> String {
        format!("Please confirm: {}", clean(self.campaign_title, 150))
    }

    pub(crate) fn body(&self) -> String {
        let hello =
            greetable(self.name).map_or("Hello,".to_owned(), |name| format!("Hello {name},"));
        let (title, organisation) =
            (clean(self.campaign_title, 150), clean(self.organisation, 150));
        // A campaign that is as new as its organisation may not know its name yet.
        let (by, signature) = match organisation.as_str() {
            "" => (String::new(), String::new()),
            name => (format!(" by {name}"), format!("\n{name}\n")),
        };
        let until = self.expires_at.format("%-d %B %Y, %H:%M UTC");
        format!(
            "{hello}\n\n\
             Somebody, we hope you, took part in \"{title}\"{by} with this address.\n\n\
             To confirm, open this page and press the button there:\n\n\
             {link}\n\n\
             What happens next: the page shows what you entered. Nothing is counted, and nothing is sent to \
             anybody, until you confirm there. The link works until {until}.\n\n\
             If it was not you, do nothing: what was entered stays unconfirmed and is removed.\n{signature}",
            link = self.link
        )
    }
}

/// The name, when no email client would make a link of it.
fn greetable(name: &str) -> Option<String> {
    let name = clean(name, MAX_GREETED);
    let looks_like_link = name.contains(['/', '@', ':', '<', '>', '\\'])
        || name.to_lowercase().contains("www")
        || name.split(' ').any(|word| word.trim_end_matches('.').contains('.'));
    (!name.is_empty() && !looks_like_link).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_without_links_is_greeted() {
        for name in ["Ada Lovelace", "Seán Ó Sé", "J. R. Smith", "Martin Jr."] {
            assert_eq!(greetable(name).as_deref(), Some(name));
        }
        for name in
            ["", "evil.test", "see http://x", "a@b", "www evil", "Win at casino.example now"]
        {
            assert_eq!(greetable(name), None, "{name}");
        }
    }

    #[test]
    fn an_organisation_whose_name_is_not_known_leaves_no_gap() {
        let body = |organisation| {
            let (name, campaign_title, link) = ("Ada", "The library", "https://folkmoot.test/x");
            Confirmation {
                name,
                organisation,
                campaign_title,
                link,
                expires_at: DateTime::UNIX_EPOCH,
            }
            .body()
        };
        let named = body("Friends of Mill Lane");
        assert!(named.contains("\"The library\" by Friends of Mill Lane with this address."));
        assert!(named.ends_with("is removed.\n\nFriends of Mill Lane\n"));
        let unnamed = body("");
        assert!(unnamed.contains("took part in \"The library\" with this address."));
        assert!(unnamed.ends_with("is removed.\n"));
    }
}
