//! The events of an action.

use chrono::{DateTime, Utc};
use contracts::{
    Event as _,
    campaigns::{ActionConfirmed, ActionSubmitted},
};
use kit::keyring::{
    Person,
    sealed::{DataKey, OpenError, SealContext},
};
use uuid::Uuid;

use super::domain::{Action, Personal, SealedText};
use crate::campaigns::{cache::Published, domain::Campaign, events as campaign_events};

/// The fields of [`ActionSubmitted`] that only a key opens.
pub(super) struct SealedContact {
    email: SealedText,
    name: SealedText,
    link: SealedText,
}

impl SealedContact {
    pub(super) fn new(
        key: &DataKey,
        event_id: Uuid,
        personal: &Personal,
        link_url: &str,
    ) -> Result<Self, OpenError> {
        let seal = |field, value: &str| {
            key.seal(SealContext::Event { kind: ActionSubmitted::TYPE, field, id: event_id }, value)
        };
        Ok(Self {
            email: seal("email", &personal.email)?,
            name: seal("name", &personal.name)?,
            link: seal("link", link_url)?,
        })
    }
}

pub(super) fn submitted(
    action: &Action,
    published: &Published,
    person: Person,
    contact: SealedContact,
) -> ActionSubmitted {
    ActionSubmitted {
        action_id: action.id,
        campaign_id: action.campaign_id,
        subject_id: person.subject_id,
        language: published.campaign.language.clone(),
        campaign_title: published.campaign.title.clone(),
        organisation: published.organisation.clone(),
        email: contact.email,
        name: contact.name,
        link: contact.link,
        address_tag: person.subject_id.to_string(),
        taken_at: action.taken_at,
        expires_at: action.expires_at,
    }
}

pub(crate) fn confirmed(
    action: &Action,
    subject_id: Uuid,
    campaign: &Campaign,
    confirmed_at: DateTime<Utc>,
) -> ActionConfirmed {
    ActionConfirmed {
        action_id: action.id,
        campaign_id: action.campaign_id,
        subject_id,
        kind: campaign_events::kind(campaign.kind),
        constituency: action.lookup.constituency().map(|it| it.gss_code.clone()),
        taken_at: action.taken_at,
        confirmed_at,
    }
}
