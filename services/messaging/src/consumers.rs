//! What messaging hears: actions to confirm, messages to deliver, people and actions to forget.

use contracts::Sealed;
use contracts::{
    campaigns::{ActionAnonymised, ActionSubmitted, MessageComposed},
    event::Event,
    keyring::{Compartment, Purpose},
    retention::{ActionExpired, SubjectErased},
};
use kit::{
    db::Conn,
    events::consumers::{Consumers, Received},
    keyring::sealed::{Broken, Place},
};

use crate::{
    app::App,
    deliveries::{
        domain::{Identity, Kind},
        ops,
    },
    jobs,
    mail::{compose::Letter, confirmation::Confirmation},
};

/// The table.
pub(crate) fn consumers() -> Consumers<App> {
    Consumers::new()
        .on_sealed(Purpose::Confirm, &[Compartment::Message], action_submitted)
        .on_sealed(Purpose::Deliver, &[Compartment::Message], message_composed)
        .on(subject_erased)
        .on(action_expired)
        .on(action_anonymised)
        .nudging(jobs::SEND)
}

async fn action_submitted(
    app: &App,
    conn: &mut Conn,
    event: Received<ActionSubmitted>,
) -> anyhow::Result<()> {
    let within = ops::within_limit(app, conn, &event.data.address_tag).await?;
    let letter = confirmation(&event)?;
    let identity = Identity {
        id: app.ids.next(),
        tenant_id: event.tenant_id,
        kind: Kind::Confirmation,
        action_id: event.data.action_id,
        campaign_id: event.data.campaign_id,
        target_id: None,
        subject_id: event.data.subject_id,
    };
    ops::enqueue(app, conn, identity, &event.keys, letter.as_ref(), !within).await
}

async fn message_composed(
    app: &App,
    conn: &mut Conn,
    event: Received<MessageComposed>,
) -> anyhow::Result<()> {
    let letter = representative(&event)?;
    let identity = Identity {
        id: event.data.message_id,
        tenant_id: event.tenant_id,
        kind: Kind::Representative,
        action_id: event.data.action_id,
        campaign_id: event.data.campaign_id,
        target_id: Some(event.data.target_id),
        subject_id: event.data.subject_id,
    };
    ops::enqueue(app, conn, identity, &event.keys, letter.as_ref(), false).await
}

async fn subject_erased(
    app: &App,
    conn: &mut Conn,
    event: Received<SubjectErased>,
) -> anyhow::Result<()> {
    app.keyring.evict(event.tenant_id, event.data.subject_id);
    Ok(ops::erase_subject(app, conn, event.tenant_id, &event.data).await?)
}

async fn action_expired(
    _app: &App,
    conn: &mut Conn,
    event: Received<ActionExpired>,
) -> anyhow::Result<()> {
    Ok(ops::erase_action(conn, event.data.action_id).await?)
}

async fn action_anonymised(
    _app: &App,
    conn: &mut Conn,
    event: Received<ActionAnonymised>,
) -> anyhow::Result<()> {
    Ok(ops::erase_action(conn, event.data.action_id).await?)
}

/// `None`: the person's key is gone.
fn confirmation(event: &Received<ActionSubmitted>) -> Result<Option<Letter>, Broken> {
    let data = &event.data;
    let parts = (
        open(event, "email", &data.email)?,
        open(event, "name", &data.name)?,
        open(event, "link", &data.link)?,
    );
    let (Some(to_address), Some(name), Some(link)) = parts else { return Ok(None) };
    let text = Confirmation {
        name: &name,
        organisation: &data.organisation,
        campaign_title: &data.campaign_title,
        link: &link,
        expires_at: data.expires_at,
    };
    Ok(Some(Letter {
        subject_line: text.subject(),
        body: text.body(),
        to_name: String::new(),
        to_address,
        from_name: data.organisation.clone(),
        reply_to: None,
    }))
}

/// `None`: the person's key is gone.
fn representative(event: &Received<MessageComposed>) -> Result<Option<Letter>, Broken> {
    let data = &event.data;
    let parts = (
        open(event, "from_name", &data.from_name)?,
        open(event, "reply_to", &data.reply_to)?,
        open(event, "subject_line", &data.subject_line)?,
        open(event, "body", &data.body)?,
    );
    let (Some(from_name), Some(reply_to), Some(subject_line), Some(body)) = parts else {
        return Ok(None);
    };
    Ok(Some(Letter {
        to_name: data.target_name.clone(),
        to_address: data.target_email.clone(),
        from_name,
        reply_to: Some(reply_to),
        subject_line,
        body,
    }))
}

fn open<E: Event>(
    event: &Received<E>,
    field: &'static str,
    sealed: &Sealed<String>,
) -> Result<Option<String>, Broken> {
    let place = Place::Event { kind: E::TYPE, field, id: event.id };
    Ok(event.keys.open(Compartment::Message, place, sealed)?.value())
}
