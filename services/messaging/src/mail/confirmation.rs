//! The words of the mail that asks a supporter to confirm. It repeats nothing the supporter wrote, since a stranger may
//! have typed this address in: only a name, and that only when it can carry no link.

use chrono::{DateTime, Utc};

use super::header::clean;

/// Longest name that is greeted.
const MAX_GREETED: usize = 60;

/// What the mail tells.
#[derive(Debug)]
pub struct Confirmation<'a> {
    /// As entered.
    pub name: &'a str,
    /// Public name.
    pub organisation: &'a str,
    /// Public title.
    pub campaign_title: &'a str,
    /// The whole link.
    pub link: &'a str,
    /// When it dies.
    pub expires_at: DateTime<Utc>,
}

impl Confirmation<'_> {
    /// The subject line.
    pub fn subject(&self) -> String {
        format!("Please confirm: {}", clean(self.campaign_title, 150))
    }

    /// The text.
    pub fn body(&self) -> String {
        let hello = greeted(self.name).map_or("Hello,".to_owned(), |name| format!("Hello {name},"));
        let (title, organisation) =
            (clean(self.campaign_title, 150), clean(self.organisation, 150));
        let until = self.expires_at.format("%-d %B %Y, %H:%M UTC");
        format!(
            "{hello}\n\n\
             Somebody, we hope you, took part in \"{title}\" by {organisation} with this address.\n\n\
             To confirm, open this page and press the button there:\n\n\
             {link}\n\n\
             What happens next: the page shows what you entered. Nothing is counted, and nothing is sent to \
             anybody, until you confirm there. The link works until {until}.\n\n\
             If it was not you, do nothing: what was entered stays unconfirmed and is removed.\n\n\
             {organisation}\n",
            link = self.link
        )
    }
}

/// The name, when no mail program would make a link of it.
fn greeted(name: &str) -> Option<String> {
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
            assert_eq!(greeted(name).as_deref(), Some(name));
        }
        for name in
            ["", "evil.test", "see http://x", "a@b", "www evil", "Win at casino.example now"]
        {
            assert_eq!(greeted(name), None, "{name}");
        }
    }
}
