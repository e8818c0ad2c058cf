//! What the world is told of an action.

use chrono::{DateTime, Utc};
use contracts::campaigns::{ActionAnonymised, ActionConfirmed, ActionSubmitted, ActionsErased};
use uuid::Uuid;

use super::domain::{Action, SealedText};
use crate::campaigns::{cache::Published, domain::Campaign, events as campaign_events};

/// The fields of [`ActionSubmitted`] that only a key opens.
pub(super) struct SealedContact {
    pub(super) email: SealedText,
    pub(super) name: SealedText,
    pub(super) link: SealedText,
}

pub(super) fn submitted(
    action: &Action,
    subject_id: Uuid,
    published: &Published,
    contact: SealedContact,
    address_tag: String,
) -> ActionSubmitted {
    ActionSubmitted {
        action_id: action.id,
        campaign_id: action.campaign_id,
        subject_id,
        language: published.campaign.language.clone(),
        campaign_title: published.campaign.title.clone(),
        organisation: published.organisation.clone(),
        email: contact.email,
        name: contact.name,
        link: contact.link,
        address_tag,
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
        constituency: action.place.constituency.as_ref().map(|of| of.gss_code.clone()),
        taken_at: action.taken_at,
        confirmed_at,
    }
}

pub(super) fn anonymised(action_id: Uuid, campaign_id: Uuid) -> ActionAnonymised {
    ActionAnonymised { action_id, campaign_id }
}

pub(super) fn erased(
    erasure_id: Uuid,
    subject_id: Uuid,
    rows: i64,
    remaining: i64,
) -> ActionsErased {
    ActionsErased { erasure_id, subject_id, rows, remaining }
}
