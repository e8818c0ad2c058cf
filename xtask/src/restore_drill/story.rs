//! Supporters and staff, who see the gateway and their mailboxes only.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use crate::wait;

const PATIENCE: Duration = Duration::from_mins(1);

/// What `folkmoot demo` made, and the catcher's folder.
pub(super) struct Story {
    demo: Value,
    mail: PathBuf,
}

/// A caught email.
pub(super) struct Mail {
    pub(super) to: String,
    pub(super) reply_to: String,
    text: String,
}

impl Story {
    pub(super) fn new(demo: &str, mail: PathBuf) -> anyhow::Result<Self> {
        let demo = serde_json::from_str(demo).context("failed to read the demo's state")?;
        Ok(Self { demo, mail })
    }

    /// A supporter presses the button.
    pub(super) fn act(&self, name: &str) -> anyhow::Result<()> {
        let action = json!({
            "name": name, "email": address(name), "postcode": "OX4 1AA", "address": "1 Cowley Road, Oxford",
            "own_words": "I walk here every day.", "consents": [{"id": "process", "given": true}],
        });
        let path = format!("/v1/campaigns/{}/actions", self.campaign());
        self.call("publishable_key", &path, Some(&action)).map(drop)
    }

    /// They follow the link of their email, and their representative gets the message.
    pub(super) fn confirm(&self, name: &str) -> anyhow::Result<()> {
        let mail = self.await_mail(name, |mail| &mail.to)?;
        let link = mail.text.split_whitespace().find(|word| word.contains("/confirm/"));
        let link = link.context("the email has no link")?.trim_matches(['<', '>', '.']);
        let page = curl(&[link])?;
        let token = page.split_once("name=\"token\" value=\"").context("the page has no token")?.1;
        let token = token.split('"').next().unwrap_or_default();
        curl(&["--data", &format!("token={token}"), link])?;
        self.await_mail(name, |mail| &mail.reply_to).map(drop)
    }

    /// Waits for the email that has a supporter's address in a header.
    pub(super) fn await_mail(
        &self,
        name: &str,
        header: fn(&Mail) -> &String,
    ) -> anyhow::Result<Mail> {
        let mut found = None;
        wait::until("an email", PATIENCE, || {
            found = self.emails()?.into_iter().find(|mail| *header(mail) == address(name));
            Ok(found.is_some())
        })?;
        found.context("no email")
    }

    /// How many emails went to a supporter, and how many in their name.
    pub(super) fn emails_of(&self, name: &str) -> anyhow::Result<(usize, usize)> {
        let (emails, address) = (self.emails()?, address(name));
        let count = |is: &dyn Fn(&&Mail) -> bool| emails.iter().filter(is).count();
        Ok((count(&|it| it.to == address), count(&|it| it.reply_to == address)))
    }

    /// Erases a supporter, waits for the end, and returns the erasure's id.
    pub(super) fn erase(&self, name: &str) -> anyhow::Result<String> {
        let erasure =
            self.call("secret_key", "/v1/erasures", Some(&json!({"email": address(name)})))?;
        let erasure: Value = serde_json::from_str(&erasure).context("not an erasure")?;
        let id = text(&erasure, "id")?.to_owned();
        self.await_erased(&id)?;
        Ok(id)
    }

    pub(super) fn await_erased(&self, id: &str) -> anyhow::Result<()> {
        wait::until("the end of an erasure", PATIENCE, || Ok(self.erasure(id)? == "complete"))
    }

    /// The state of an erasure.
    pub(super) fn erasure(&self, id: &str) -> anyhow::Result<String> {
        let erasure = self.call("secret_key", &format!("/v1/erasures/{id}"), None)?;
        Ok(text(&serde_json::from_str(&erasure)?, "state")?.to_owned())
    }

    /// What the organisation downloads.
    pub(super) fn export(&self) -> anyhow::Result<String> {
        self.call("secret_key", &format!("/v1/campaigns/{}/export.csv", self.campaign()), None)
    }

    /// The campaign's public counter.
    pub(super) fn counter(&self) -> anyhow::Result<u64> {
        let path = format!("/v1/campaigns/{}/counter", self.campaign());
        let counter: Value = serde_json::from_str(&self.call("publishable_key", &path, None)?)?;
        counter.get("total").and_then(Value::as_u64).context("no total")
    }

    fn campaign(&self) -> &str {
        text(&self.demo, "campaign_id").unwrap_or_default()
    }

    fn call(&self, key: &str, path: &str, body: Option<&Value>) -> anyhow::Result<String> {
        let credential = format!("Authorization: Bearer {}", text(&self.demo, key)?);
        let url = format!("{}{path}", text(&self.demo, "gateway")?);
        let body = body.map(Value::to_string);
        let sent = body.as_ref().map_or(vec![], |body| vec!["--json", body]);
        curl(&[&["--header", &credential, &url], &sent[..]].concat())
    }

    fn emails(&self) -> anyhow::Result<Vec<Mail>> {
        let entries = fs::read_dir(&self.mail).context("failed to list the emails")?.flatten();
        let files =
            entries.map(|it| it.path()).filter(|it| it.extension().is_some_and(|it| it == "eml"));
        files.map(|file| Ok(parse(&fs::read_to_string(file)?))).collect()
    }
}

fn address(name: &str) -> String {
    format!("{}@example.org", name.to_lowercase().replace(' ', "."))
}

fn text<'a>(object: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    object.get(name).and_then(Value::as_str).with_context(|| format!("no {name}"))
}

/// The body of a success; anything else is an error that begins with the status.
fn curl(words: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--noproxy", "*", "--max-time", "20"]);
    let output = command.args(["--write-out", "\n%{http_code}"]).args(words).output();
    let output = output.context("failed to run curl")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer = String::from_utf8_lossy(&output.stdout).into_owned();
    let (body, status) = answer.rsplit_once('\n').context("no status")?;
    if !status.starts_with('2') {
        bail!("{status}: {body}");
    }
    Ok(body.to_owned())
}

fn parse(message: &str) -> Mail {
    let message = message.replace("\r\n", "\n");
    let (head, body) = message.split_once("\n\n").unwrap_or((&message, ""));
    let head = head.replace("\n ", " ").replace("\n\t", " ");
    let header = |name: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        let words = line.split(|c: char| c.is_whitespace() || "<>,".contains(c));
        words.into_iter().find(|word| word.contains('@')).unwrap_or_default().to_owned()
    };
    // The soft line breaks of quoted-printable.
    Mail { to: header("To:"), reply_to: header("Reply-To:"), text: body.replace("=\n", "") }
}
