//! Events of `campaigns`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{event::Event, sealed::Sealed};

/// The kind of action that a campaign asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// A supporter writes to their representative.
    MessageToRepresentative,
    /// A supporter signs a petition.
    Petition,
}

/// A campaign was published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CampaignPublished {
    pub campaign_id: Uuid,
    pub kind: ActionKind,
}

impl Event for CampaignPublished {
    const TYPE: &'static str = "campaigns.campaign.published.v1";
    const TOPIC: &'static str = "campaigns.campaigns.v1";
    fn key(&self) -> Uuid {
        self.campaign_id
    }
}

/// A campaign was closed, and the day in which links that were mailed before still count is over: nothing more is counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CampaignClosed {
    pub campaign_id: Uuid,
}

impl Event for CampaignClosed {
    const TYPE: &'static str = "campaigns.campaign.closed.v1";
    const TOPIC: &'static str = "campaigns.campaigns.v1";
    fn key(&self) -> Uuid {
        self.campaign_id
    }
}

/// A supporter submitted an action. It does not count, and nothing is sent to a representative, until they confirm it.
/// Fields are sealed for the compartment `message`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionSubmitted {
    pub action_id: Uuid,
    pub campaign_id: Uuid,
    pub subject_id: Uuid,
    /// The campaign's language as a BCP 47 tag, e.g. `en-GB`.
    pub language: String,
    /// The campaign's public title.
    pub campaign_title: String,
    /// The organisation's public name.
    pub organisation: String,
    /// The supporter's email address, to which the confirmation is sent.
    pub email: Sealed<String>,
    /// The supporter's name, which was checked not to contain URLs.
    pub name: Sealed<String>,
    /// The URL with which the supporter confirms. Whoever has it can do so, therefore it is sealed.
    pub link: Sealed<String>,
    /// The subject's id. The release before limits emails by it; it goes in a later release.
    #[serde(default)]
    pub address_tag: String,
    /// When the supporter submitted the action.
    pub taken_at: DateTime<Utc>,
    /// When the link stops working.
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

/// A supporter confirmed their action, which counts from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionConfirmed {
    pub action_id: Uuid,
    pub campaign_id: Uuid,
    pub subject_id: Uuid,
    pub kind: ActionKind,
    /// GSS code of the supporter's constituency, e.g. `E14001419`, if it is known.
    pub constituency: Option<String>,
    /// When the supporter submitted the action, which is the start of the retention period.
    pub taken_at: DateTime<Utc>,
    pub confirmed_at: DateTime<Utc>,
}

impl Event for ActionConfirmed {
    const TYPE: &'static str = "campaigns.action.confirmed.v1";
    const TOPIC: &'static str = "campaigns.actions.v1";
    fn key(&self) -> Uuid {
        self.action_id
    }
}

/// An action was anonymised: it no longer has any data about a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionAnonymised {
    pub action_id: Uuid,
    pub campaign_id: Uuid,
}

impl Event for ActionAnonymised {
    const TYPE: &'static str = "campaigns.action.anonymised.v1";
    const TOPIC: &'static str = "campaigns.actions.v1";
    fn key(&self) -> Uuid {
        self.action_id
    }
}

/// A supporter's message to a representative is ready to be sent. Fields are sealed for the compartment `message`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageComposed {
    /// The id of the message, of which there is one for each action and target.
    pub message_id: Uuid,
    pub action_id: Uuid,
    pub campaign_id: Uuid,
    pub subject_id: Uuid,
    /// The representative.
    pub target_id: Uuid,
    /// The representative's public name.
    pub target_name: String,
    /// The public email address of the representative's office.
    pub target_email: String,
    /// The campaign's language as a BCP 47 tag, in which its template is written; none in events of earlier versions.
    pub language: Option<String>,
    /// The supporter's name, for `From` and the signature.
    pub from_name: Sealed<String>,
    /// The supporter's email address, for `Reply-To`.
    pub reply_to: Sealed<String>,
    pub subject_line: Sealed<String>,
    /// The complete plain text, which starts with the supporter's postal address.
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

/// `campaigns` deleted its data about an erased person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionsErased {
    /// The erasure of [`SubjectErased`](crate::retention::SubjectErased).
    pub erasure_id: Uuid,
    pub subject_id: Uuid,
    /// The number of rows that were deleted or cleared.
    pub rows: i64,
    /// The number of rows about the person that are left, counted by other code than that which deletes; normally 0.
    pub remaining: i64,
}

impl Event for ActionsErased {
    const TYPE: &'static str = "campaigns.actions.erased.v1";
    const TOPIC: &'static str = "campaigns.erasures.v1";
    fn key(&self) -> Uuid {
        self.erasure_id
    }
}
