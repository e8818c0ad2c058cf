//! Events of `campaigns`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{event::Event, sealed::Sealed};

/// What kind of action a campaign asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// A supporter writes to their representative.
    MessageToRepresentative,
    /// A supporter signs a petition.
    Petition,
}

/// A campaign went live.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CampaignPublished {
    /// The campaign.
    pub campaign_id: Uuid,
    /// What it asks for.
    pub kind: ActionKind,
}

impl Event for CampaignPublished {
    const TYPE: &'static str = "campaigns.campaign.published.v1";
    const TOPIC: &'static str = "campaigns.campaigns.v1";
    fn key(&self) -> Uuid {
        self.campaign_id
    }
}

/// A campaign takes no more actions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CampaignClosed {
    /// The campaign.
    pub campaign_id: Uuid,
}

impl Event for CampaignClosed {
    const TYPE: &'static str = "campaigns.campaign.closed.v1";
    const TOPIC: &'static str = "campaigns.campaigns.v1";
    fn key(&self) -> Uuid {
        self.campaign_id
    }
}

/// Somebody entered an action; nothing counts and nothing is sent until they confirm.
/// Sealed fields: compartment `message`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionSubmitted {
    /// The action.
    pub action_id: Uuid,
    /// Its campaign.
    pub campaign_id: Uuid,
    /// The supporter.
    pub subject_id: Uuid,
    /// BCP 47 language of the campaign.
    pub language: String,
    /// The campaign's public title.
    pub campaign_title: String,
    /// The organisation's public name.
    pub organisation: String,
    /// Where the confirmation goes.
    pub email: Sealed<String>,
    /// The supporter's name, free of URLs.
    pub name: Sealed<String>,
    /// The whole confirmation link; a capability, so sealed too.
    pub link: Sealed<String>,
    /// Keyed tag of the address, the same across tenants for one day only; for the limit of mails per address.
    pub address_tag: String,
    /// When the supporter acted.
    pub taken_at: DateTime<Utc>,
    /// After this the link is dead.
    pub expires_at: DateTime<Utc>,
}

impl Event for ActionSubmitted {
    const TYPE: &'static str = "campaigns.action.submitted.v1";
    const TOPIC: &'static str = "campaigns.actions.v1";
    fn key(&self) -> Uuid {
        self.action_id
    }
    fn subject(&self) -> Option<Uuid> {
        Some(self.subject_id)
    }
}

/// The supporter confirmed: the action counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionConfirmed {
    /// The action.
    pub action_id: Uuid,
    /// Its campaign.
    pub campaign_id: Uuid,
    /// The supporter.
    pub subject_id: Uuid,
    /// What was done.
    pub kind: ActionKind,
    /// GSS code of the supporter's constituency, when known.
    pub constituency: Option<String>,
    /// When the supporter acted; retention counts from here.
    pub taken_at: DateTime<Utc>,
    /// When the supporter confirmed.
    pub confirmed_at: DateTime<Utc>,
}

impl Event for ActionConfirmed {
    const TYPE: &'static str = "campaigns.action.confirmed.v1";
    const TOPIC: &'static str = "campaigns.actions.v1";
    fn key(&self) -> Uuid {
        self.action_id
    }
}

/// An action lost everything that pointed to a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionAnonymised {
    /// The action.
    pub action_id: Uuid,
    /// Its campaign.
    pub campaign_id: Uuid,
}

impl Event for ActionAnonymised {
    const TYPE: &'static str = "campaigns.action.anonymised.v1";
    const TOPIC: &'static str = "campaigns.actions.v1";
    fn key(&self) -> Uuid {
        self.action_id
    }
}

/// A supporter's message is ready for a representative's office. Sealed fields: compartment `message`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageComposed {
    /// The message; unique for (action, target).
    pub message_id: Uuid,
    /// The action it belongs to.
    pub action_id: Uuid,
    /// Its campaign.
    pub campaign_id: Uuid,
    /// The supporter.
    pub subject_id: Uuid,
    /// The representative.
    pub target_id: Uuid,
    /// The representative's public name.
    pub target_name: String,
    /// The representative's public office address.
    pub target_email: String,
    /// The supporter's name, for From and the signature.
    pub from_name: Sealed<String>,
    /// The supporter's address, for Reply-To.
    pub reply_to: Sealed<String>,
    /// Subject line.
    pub subject_line: Sealed<String>,
    /// The whole text, postal address in the head.
    pub body: Sealed<String>,
}

impl Event for MessageComposed {
    const TYPE: &'static str = "campaigns.message.composed.v1";
    const TOPIC: &'static str = "campaigns.messages.v1";
    fn key(&self) -> Uuid {
        self.message_id
    }
    fn subject(&self) -> Option<Uuid> {
        Some(self.subject_id)
    }
}

/// Campaigns removed what it held of an erased person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionsErased {
    /// The erasure this answers.
    pub erasure_id: Uuid,
    /// The person.
    pub subject_id: Uuid,
    /// Rows deleted or cleared.
    pub rows: i64,
    /// Rows about the person still there, counted by other code than deleted them.
    pub remaining: i64,
}

impl Event for ActionsErased {
    const TYPE: &'static str = "campaigns.actions.erased.v1";
    const TOPIC: &'static str = "campaigns.erasures.v1";
    fn key(&self) -> Uuid {
        self.erasure_id
    }
}
