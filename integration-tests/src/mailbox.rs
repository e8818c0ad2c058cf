//! The emails caught, as their recipients would read them.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use anyhow::Context as _;
use mail_parser::MessageParser;

/// One caught mail.
#[derive(Debug, Clone)]
pub struct Mail {
    /// As it came over the wire.
    pub raw: Vec<u8>,
    /// Address in To.
    pub to: String,
    /// Address in Reply-To, when there is one.
    pub reply_to: Option<String>,
    /// Name in From.
    pub from_name: String,
    /// Decoded subject.
    pub subject: String,
    /// Decoded text.
    pub text: String,
    /// When its file was written.
    pub caught: SystemTime,
}

impl Mail {
    /// The confirmation link in the text.
    pub fn link(&self) -> Option<String> {
        let word = self.text.split_whitespace().find(|word| word.contains("/confirm/"))?;
        Some(word.trim_matches(|c: char| "<>().,".contains(c)).to_owned())
    }

    /// A raw header's value.
    pub fn header(&self, name: &str) -> Option<String> {
        let mail = MessageParser::default().parse(&self.raw)?;
        mail.header_raw(name).map(|value| value.trim().to_owned())
    }
}

/// A catcher's folder or a Maildir's; each mail is read once.
pub struct Mailbox {
    dir: PathBuf,
    seen: Mutex<BTreeMap<PathBuf, Arc<Mail>>>,
}

impl Mailbox {
    /// The mailbox of a folder.
    pub fn new(dir: PathBuf) -> Self {
        Self { dir, seen: Mutex::default() }
    }

    /// All emails caught so far.
    pub fn emails(&self) -> anyhow::Result<Vec<Arc<Mail>>> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in fs::read_dir(&self.dir)
            .with_context(|| format!("failed to read {}", self.dir.display()))?
        {
            let path = entry?.path();
            // What a catcher writes beside an email, and before it is whole.
            if path.extension().is_none_or(|it| it != "json" && it != "part")
                && !seen.contains_key(&path)
            {
                let caught = fs::metadata(&path)?.modified()?;
                let mail = parse(fs::read(&path)?, caught)
                    .with_context(|| format!("unreadable mail {}", path.display()))?;
                seen.insert(path, Arc::new(mail));
            }
        }
        Ok(seen.values().cloned().collect())
    }
}

fn parse(raw: Vec<u8>, caught: SystemTime) -> anyhow::Result<Mail> {
    let mail = MessageParser::default().parse(&raw).context("not an email")?;
    let address = |found: Option<&mail_parser::Address<'_>>| {
        found.and_then(|a| a.first()).and_then(|a| a.address()).map(str::to_owned)
    };
    let from_name =
        mail.from().and_then(|a| a.first()).and_then(|a| a.name()).unwrap_or_default().to_owned();
    let (to, reply_to) = (address(mail.to()).context("no To")?, address(mail.reply_to()));
    let subject = mail.subject().unwrap_or_default().to_owned();
    let text = mail.body_text(0).unwrap_or_default().into_owned();
    Ok(Mail { raw, to, reply_to, from_name, subject, text, caught })
}
