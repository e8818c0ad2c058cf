//! The ledger compared with what came out. Lost and doubled are what no document allows; the exceptions that ADR 2
//! documents (a message of unknown outcome, a confirmation sent again) are counted beside them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Database, Notice, lock, number, supporters::Ledger};
use crate::{driver::Driver, mailbox::Mail};
use anyhow::Context as _;

/// What was found.
#[derive(Default)]
pub struct Findings {
    /// Promised, and not there.
    pub lost: Vec<String>,
    /// There more often than once.
    pub doubled: Vec<String>,
    /// Counters that are not exact, ledgers that contradict one another.
    pub wrong: Vec<String>,
    /// Emails that arrived, each counted once.
    pub sent: usize,
    /// Emails of which messaging cannot say whether they arrived (ADR 2).
    pub unknown: usize,
    /// What was compared, and the documented exceptions.
    pub figures: Vec<(&'static str, usize)>,
}

/// An action as the organisation's download shows it.
struct Exported {
    action_id: String,
    email: String,
}

/// Compares everything; without notices, everything but those.
pub async fn compare(
    database: &impl Database,
    driver: &Driver,
    ledger: &Ledger,
    notices: Option<&[Notice]>,
) -> anyhow::Result<Findings> {
    let mut found = Findings::default();
    let exported = exported(driver).await?;
    let by_email = group(exported.iter().map(|it| (it.email.clone(), it.action_id.clone())));
    let promised = lock(&ledger.supporters).clone();
    for (email, it) in &promised {
        let actions = by_email.get(email).map_or(&[][..], Vec::as_slice);
        found.once(&format!("confirmed action of {email}"), actions, it.confirmed && !it.erased);
        if it.erased && !actions.is_empty() {
            found.wrong.push(format!("{email} was erased, and is exported"));
        }
        if it.accepted && !it.confirmed {
            found.lost.push(format!("{email} was accepted and could not confirm"));
        }
    }
    found.figures.push(("actions accepted", promised.values().filter(|it| it.accepted).count()));
    found.figures.push(("actions in the export", exported.len()));
    let erased: Vec<&String> =
        promised.iter().filter(|(_, it)| it.erased).map(|(email, _)| email).collect();
    found.figures.push(("people erased", erased.len()));
    actions(database, &mut found, exported.len(), erased.len())?;
    counter(driver, &mut found, exported.len() + erased.len()).await?;
    emails(database, &mut found, &exported, &erased, &driver.emails()?)?;
    if let Some(notices) = notices {
        hooks(&mut found, &exported, notices);
    }
    endings(database, &mut found)?;
    Ok(found)
}

impl Findings {
    /// Exactly one, or none if nothing was promised.
    fn once(&mut self, what: &str, found: &[String], promised: bool) {
        match found {
            [] if promised => self.lost.push(what.to_owned()),
            [] | [_] => {}
            _ => self.doubled.push(format!("{what}: {}", found.join(" "))),
        }
    }

    /// Whether nothing was lost, doubled or wrong.
    pub fn is_clean(&self) -> bool {
        self.lost.is_empty() && self.doubled.is_empty() && self.wrong.is_empty()
    }
}

fn group(pairs: impl Iterator<Item = (String, String)>) -> BTreeMap<String, Vec<String>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, value) in pairs {
        groups.entry(key).or_default().push(value);
    }
    groups
}

async fn exported(driver: &Driver) -> anyhow::Result<Vec<Exported>> {
    let answer = driver.get(&format!("/v1/campaigns/{}/export.csv", driver.campaign)).await?;
    anyhow::ensure!(answer.status == 200, "the export: {} {}", answer.status, answer.text);
    let mut reader = csv::Reader::from_reader(answer.text.as_bytes());
    let columns = reader.headers()?.clone();
    let column = |name: &str| columns.iter().position(|it| it == name).context(name.to_owned());
    let (id, email) = (column("action_id")?, column("email")?);
    let cell = |row: &csv::StringRecord, at| row.get(at).unwrap_or_default().to_owned();
    reader
        .records()
        .map(|row| row.map(|row| Exported { action_id: cell(&row, id), email: cell(&row, email) }))
        .collect::<Result<_, _>>()
        .context("the export")
}

/// No action besides those that are exported, whatever was repeated.
fn actions(
    database: &impl Database,
    found: &mut Findings,
    exported: usize,
    erased: usize,
) -> anyhow::Result<()> {
    let states = "SELECT state, count(*) FROM campaigns.actions GROUP BY state ORDER BY state";
    let rows = database.rows(states)?;
    let wanted = [("anonymised", erased), ("confirmed", exported)];
    let wanted = wanted.into_iter().filter(|(_, count)| *count > 0);
    let wanted: Vec<_> =
        wanted.map(|(state, count)| vec![state.to_owned(), count.to_string()]).collect();
    if rows != wanted {
        found.wrong.push(format!("campaigns.actions has {rows:?} instead of {wanted:?}"));
    }
    Ok(())
}

async fn counter(driver: &Driver, found: &mut Findings, confirmed: usize) -> anyhow::Result<()> {
    let total = driver.counter().await?;
    found.figures.push(("the public counter", usize::try_from(total)?));
    if usize::try_from(total)? != confirmed {
        found.wrong.push(format!("the counter says {total}, {confirmed} are confirmed"));
    }
    Ok(())
}

/// Emails by messaging's ledger and by the receiver's disk.
fn emails(
    database: &impl Database,
    found: &mut Findings,
    exported: &[Exported],
    erased: &[&String],
    emails: &[std::sync::Arc<Mail>],
) -> anyhow::Result<()> {
    let rows = database.rows("SELECT action_id, kind, state FROM messaging.deliveries")?;
    let mut states: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for row in rows {
        let [action, kind, state] = <[String; 3]>::try_from(row).unwrap_or_default();
        states.entry((action, kind)).or_default().push(state);
    }
    let message = |mail: &Mail| Some((mail.reply_to.clone()?, mail.subject.clone()));
    let messages = group(emails.iter().filter_map(|mail| message(mail)));
    let confirmation = |mail: &Mail| {
        let asks = mail.reply_to.is_none() && mail.link().is_some();
        asks.then(|| (mail.to.clone(), mail.header("Message-ID").unwrap_or_default()))
    };
    let confirmations = group(emails.iter().filter_map(|mail| confirmation(mail)));
    let (mut messages_arrived, mut unknown_arrived, mut unknown, mut again) = (0, 0, 0, 0);
    for Exported { action_id, email } in exported {
        let state = |kind: &str| {
            let key = (action_id.clone(), kind.to_owned());
            states.get(&key).map_or(&[][..], Vec::as_slice)
        };
        let arrived = messages.get(email).map_or(&[][..], Vec::as_slice);
        messages_arrived += arrived.len();
        let what = format!("message of {email} (action {action_id})");
        match (state("representative"), arrived.len()) {
            ([state], 0) if state == "unknown" => unknown += 1,
            ([state], 1) if state == "unknown" => unknown_arrived += 1,
            ([state], 1) if state == "sent" => {}
            (states, 0) => found.lost.push(format!("{what}: {states:?}, none arrived")),
            (states, 1) => found.wrong.push(format!("{what} arrived, but it is {states:?}")),
            (states, times) => found.doubled.push(format!("{what}: {states:?}, {times} arrived")),
        }
        let arrived = confirmations.get(email).map_or(&[][..], Vec::as_slice);
        let ids: BTreeSet<&String> = arrived.iter().collect();
        again += arrived.len().saturating_sub(1);
        let what = format!("confirmation email to {email} (action {action_id})");
        match (state("confirmation"), ids.len()) {
            ([state], 1) if state == "sent" => {}
            (states, 0) => found.lost.push(format!("{what}: {states:?}, none arrived")),
            (states, 1) => found.wrong.push(format!("{what} arrived, but it is {states:?}")),
            (states, _) => found.doubled.push(format!("{what}: {states:?}, {ids:?}")),
        }
    }
    // Whether it was sent before they were erased is not known; twice it may not be.
    for email in erased {
        let arrived = messages.get(*email).map_or(0, Vec::len);
        messages_arrived += arrived;
        if arrived > 1 {
            found.doubled.push(format!("message of {email}, who was erased: {arrived} arrived"));
        }
    }
    found.sent = messages_arrived + confirmations.len();
    found.unknown = unknown + unknown_arrived;
    found.figures.push(("messages that arrived", messages_arrived));
    found.figures.push(("… of unknown outcome that arrived (ADR 2)", unknown_arrived));
    found.figures.push(("messages of unknown outcome that did not arrive (ADR 2)", unknown));
    found.figures.push(("confirmation emails that arrived again (ADR 2)", again));
    Ok(())
}

/// Each action's notices: of both types, each with one id.
fn hooks(found: &mut Findings, exported: &[Exported], notices: &[Notice]) {
    let mut ids: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for Notice { id, kind, action_id } in notices {
        ids.entry((kind, action_id)).or_default().insert(id);
    }
    for Exported { action_id, .. } in exported {
        for kind in ["campaign.action.confirmed", "message.delivery.recorded"] {
            let ids = ids.get(&(kind, action_id.as_str()));
            let ids: Vec<_> = ids.into_iter().flatten().map(|it| (*it).to_owned()).collect();
            found.once(&format!("notice {kind} of action {action_id}"), &ids, true);
        }
    }
    let all: BTreeSet<_> = notices.iter().map(|it| &it.id).collect();
    found.figures.push(("notices that arrived", all.len()));
    found.figures.push(("… again, with the same id", notices.len() - all.len()));
}

/// How everything that could end badly has ended.
fn endings(database: &impl Database, found: &mut Findings) -> anyhow::Result<()> {
    let bad = [
        ("notices given up", "webhooks.deliveries WHERE state NOT IN ('delivered', 'pending')"),
        ("emails given up", "messaging.deliveries WHERE state NOT IN ('sent', 'unknown')"),
        (
            "messages of which campaigns knows another state than messaging",
            "campaigns.actions a JOIN messaging.deliveries d ON d.id = a.message_id WHERE a.message_state <> d.state",
        ),
    ];
    for (what, from) in bad {
        let count = number(&database.rows(&format!("SELECT count(*) FROM {from}"))?)?;
        if count != 0 {
            found.wrong.push(format!("{count} {what}"));
        }
    }
    Ok(())
}
