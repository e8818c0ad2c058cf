//! Events of others: actions to confirm, messages to deliver, people and actions to erase.

use contracts::{
    Sealed,
    campaigns::{ActionAnonymised, ActionSubmitted, MessageComposed},
    event::Event,
    keyring::{Compartment, Purpose},
    retention::{ActionExpired, SubjectErased},
};
use kit::{
    db::Conn,
    events::consumers::{Consumers, Received},
    keyring::sealed::{OpenError, SealContext},
};

use crate::{
    app::App,
    deliveries::{
        domain::{Identity, Kind, NewDelivery},
        ops::{self, Order},
    },
    jobs,
    mail::{
        compose::{Message, english_and},
        confirmation::Confirmation,
    },
};

pub(crate) fn all() -> Consumers<App> {
    Consumers::new()
        .on_many_sealed(Purpose::Confirm, &[Compartment::Message], action_submitted)
        .on_many_sealed(Purpose::Deliver, &[Compartment::Message], message_composed)
        .on(subject_erased)
        .on(action_expired)
        .on(action_anonymised)
        .then_wake(jobs::SEND)
}

async fn action_submitted(
    app: &App,
    conn: &mut Conn,
    events: Vec<Received<ActionSubmitted>>,
) -> anyhow::Result<()> {
    let orders = events.into_iter().map(|event| {
        let message = confirmation(&event)?;
        let Received { tenant_id, data, keys, traceparent, .. } = event;
        let identity = Identity {
            id: app.kit.ids.next(),
            tenant_id,
            kind: Kind::Confirmation,
            action_id: data.action_id,
            campaign_id: data.campaign_id,
            target_id: None,
            subject_id: data.subject_id,
        };
        Ok(Order { new: new_delivery(app, identity, traceparent), keys, message })
    });
    let orders = orders.collect::<Result<_, OpenError>>()?;
    ops::enqueue(conn, app.kit.ids, orders).await
}

async fn message_composed(
    app: &App,
    conn: &mut Conn,
    events: Vec<Received<MessageComposed>>,
) -> anyhow::Result<()> {
    let orders = events.into_iter().map(|event| {
        let message = representative(&event)?;
        let Received { tenant_id, data, keys, traceparent, .. } = event;
        let identity = Identity {
            id: data.message_id,
            tenant_id,
            kind: Kind::Representative,
            action_id: data.action_id,
            campaign_id: data.campaign_id,
            target_id: Some(data.target_id),
            subject_id: data.subject_id,
        };
        Ok(Order { new: new_delivery(app, identity, traceparent), keys, message })
    });
    let orders = orders.collect::<Result<_, OpenError>>()?;
    ops::enqueue(conn, app.kit.ids, orders).await
}

async fn subject_erased(
    app: &App,
    conn: &mut Conn,
    event: Received<SubjectErased>,
) -> anyhow::Result<()> {
    let (tenant_id, SubjectErased { erasure_id, subject_id }) = (event.tenant_id, event.data);
    app.keyring.evict(tenant_id, subject_id);
    Ok(ops::erase_subject(conn, app.kit.ids, tenant_id, erasure_id, subject_id).await?)
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

fn new_delivery(app: &App, identity: Identity, traceparent: Option<String>) -> NewDelivery {
    let (token, header_id) = (app.tokens.token(identity.id), app.kit.ids.token::<18>());
    NewDelivery::new(identity, token, header_id, traceparent, app.kit.clock.now())
}

/// The email that asks for a confirmation; none if the person's key is destroyed.
fn confirmation(event: &Received<ActionSubmitted>) -> Result<Option<Message>, OpenError> {
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
    Ok(Some(Message {
        subject_line: text.subject(),
        body: text.body(),
        to_name: String::new(),
        to_address,
        from_name: data.organisation.clone(),
        reply_to: None,
        language: Some(english_and(&data.language)),
    }))
}

/// The message to a representative; none if the person's key is destroyed.
fn representative(event: &Received<MessageComposed>) -> Result<Option<Message>, OpenError> {
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
    Ok(Some(Message {
        to_name: data.target_name.clone(),
        to_address: data.target_email.clone(),
        from_name,
        reply_to: Some(reply_to),
        subject_line,
        body,
        language: data.language.clone(),
    }))
}

fn open<E: Event>(
    event: &Received<E>,
    field: &'static str,
    sealed: &Sealed<String>,
) -> Result<Option<String>, OpenError> {
    let place = SealContext::Event { kind: E::TYPE, field, id: event.id };
    Ok(event.keys.open(Compartment::Message, place, sealed)?.value())
}
