//! Composes the message of one action, when there is somebody to write to.

use kit::{
    db::{Conn, DbError},
    keyring::Keys,
};
use uuid::Uuid;

use super::{
    domain::{Context, Fields, Message, Target},
    seal::{self, Outgoing},
    template,
};
use crate::{
    actions::domain::{Action, MessageState, Personal, Place},
    app::App,
    campaigns::domain::Campaign,
    error::Error,
    representatives::{self, domain::Representative},
};

/// What there is to send.
#[derive(Debug, Clone)]
pub(crate) enum Composed {
    Ready {
        target: Target,
        message: Message,
    },
    /// The constituency is not known yet.
    Waiting,
    /// Nobody to write to there.
    NoTarget,
}

/// The representative of a place.
pub(crate) async fn target(
    conn: &mut Conn,
    place: &Place,
) -> Result<Option<Representative>, DbError> {
    match &place.constituency {
        Some(of) => representatives::store::by_constituency(conn, &of.gss_code).await,
        None => Ok(None),
    }
}

/// None when the campaign writes to nobody.
pub(crate) fn compose(
    campaign: &Campaign,
    place: &Place,
    personal: &Personal,
    target: Option<Representative>,
) -> Result<Option<Composed>, Error> {
    let Some(template) = campaign.message_to_send() else { return Ok(None) };
    if place.pending {
        return Ok(Some(Composed::Waiting));
    }
    let (Some(to), Some(constituency)) = (target, &place.constituency) else {
        return Ok(Some(Composed::NoTarget));
    };
    let fields = Fields {
        supporter_name: &personal.name,
        postcode: &personal.postcode,
        constituency: &constituency.name,
        representative_name: &to.name,
        salutation: &to.salutation,
        own_words: personal.own_words.as_deref().unwrap_or_default(),
    };
    let own_subject = personal.subject_line.as_deref();
    let message = template::compose(template, &fields, &personal.address, own_subject)
        .map_err(anyhow::Error::from)?;
    let target = Target { id: to.id, name: to.name, email: to.office_email };
    Ok(Some(Composed::Ready { target, message }))
}

impl Composed {
    /// What the action's row says of it.
    pub(crate) fn state(&self) -> MessageState {
        match self {
            Self::Ready { .. } => MessageState::Composed,
            Self::Waiting => MessageState::Waiting,
            Self::NoTarget => MessageState::NoTarget,
        }
    }

    /// Sealed for the outbox.
    pub(crate) fn outgoing(
        &self,
        app: &App,
        keys: &Keys,
        action: &Action,
        subject_id: Uuid,
        personal: &Personal,
    ) -> Result<Option<Outgoing>, Error> {
        let Self::Ready { target, message } = self else { return Ok(None) };
        let context = Context {
            event: app.kit.ids.next(),
            message: app.kit.ids.next(),
            action: action.id,
            campaign: action.campaign_id,
            subject: subject_id,
        };
        Ok(Some(seal::outgoing(keys, context, target.clone(), personal, message)?))
    }
}
