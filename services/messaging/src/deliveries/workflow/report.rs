//! The report to a supporter whose message reached no representative in time. It is recorded when the message ends.

use contracts::keyring::Compartment;
use kit::{keyring::Keys, telemetry::propagation::current_traceparent};

use super::open;
use crate::{
    app::App,
    deliveries::{
        domain::{
            Claimed, Identity, Kind, NewDelivery,
            outcome::{self, Attempt, Settlement},
        },
        seal,
    },
    mail::{
        compose::{Message, english_and},
        report::Report,
    },
};

/// The settlement with the report. Without the key there is no report, and the message waits, or has ended with its key.
pub(super) async fn add(app: &App, delivery: &Claimed, settlement: Settlement) -> Settlement {
    let report = open(app, delivery).await;
    let report = report.and_then(|(keys, message)| sealed(app, delivery, &keys, message));
    match report {
        Ok(report) => Settlement { report: report.map(Box::new), ..settlement },
        Err(attempt) => outcome::settle(delivery, attempt, app.kit.clock.now()),
    }
}

fn sealed(
    app: &App,
    delivery: &Claimed,
    keys: &Keys,
    message: Message,
) -> Result<Option<NewDelivery>, Attempt> {
    let Some(to_address) = message.reply_to else { return Ok(None) };
    let text = Report {
        name: &message.from_name,
        representative: &message.to_name,
        subject_line: &message.subject_line,
        body: &message.body,
        confirmed_at: delivery.created_at,
    };
    let report = Message {
        subject_line: text.subject(),
        body: text.body(),
        to_name: message.from_name.clone(),
        to_address,
        from_name: String::new(),
        reply_to: None,
        language: Some(english_and(message.language.as_deref().unwrap_or_default())),
    };
    let id = app.kit.ids.next();
    let key = keys.sealing_key(Compartment::Message).map_err(|_none| Attempt::NoKey)?;
    let message = seal::seal(key, id, &report).map_err(|_broken| Attempt::Impossible("broken"))?;
    let identity = Identity { id, kind: Kind::FailureReport, ..delivery.identity };
    let (token, header_id) = (app.tokens.token(id), app.kit.ids.token::<18>());
    let (trace, now) = (current_traceparent(), app.kit.clock.now());
    let new = NewDelivery::new(identity, token, header_id, trace, now);
    Ok(Some(NewDelivery { message: Some(message), ..new }))
}
