//! What a campaign is and may do.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

/// How long links that were mailed before a campaign was closed still count.
const GRACE: TimeDelta = TimeDelta::days(1);

kit::text_enum! {
    /// What a campaign asks its supporters to do.
    pub(crate) enum Kind {
        MessageToRepresentative = "message_to_representative",
        Petition = "petition",
    }
}

kit::text_enum! {
    /// The state of a campaign: it goes from draft to live to closed, and never back.
    pub(crate) enum State {
        Draft = "draft",
        Live = "live",
        Closed = "closed",
    }
}

/// A question put to the supporter, in the very words they read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Consent {
    pub(crate) id: String,
    pub(crate) purpose: String,
    pub(crate) wording: String,
    pub(crate) required: bool,
}

/// What is written to a representative, with merge fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Template {
    pub(crate) subject: String,
    pub(crate) body: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Campaign {
    pub(crate) id: Uuid,
    pub(crate) tenant_id: Uuid,
    pub(crate) kind: Kind,
    pub(crate) state: State,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) language: String,
    pub(crate) controller_policy_url: String,
    pub(crate) message: Option<Template>,
    pub(crate) consents: Vec<Consent>,
    /// Counts changes, so that an agreement can name the wording that it is to.
    pub(crate) version: i32,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) published_at: Option<DateTime<Utc>>,
    pub(crate) closed_at: Option<DateTime<Utc>>,
    /// None unless it is closed and counts confirmations until then.
    pub(crate) grace_ends_at: Option<DateTime<Utc>>,
}

/// The content of a new campaign.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    pub(crate) kind: Kind,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) language: String,
    pub(crate) controller_policy_url: String,
    pub(crate) message: Option<Template>,
    pub(crate) consents: Vec<Consent>,
}

/// The fields that a change replaces; the others stay.
#[derive(Debug, Clone, Default)]
pub(crate) struct Change {
    pub(crate) kind: Option<Kind>,
    pub(crate) title: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) controller_policy_url: Option<String>,
    pub(crate) message: Patch<Template>,
    pub(crate) consents: Option<Vec<Consent>>,
}

/// What a change does to a field that may be empty.
#[derive(Debug, Clone, Default)]
pub(crate) enum Patch<T> {
    #[default]
    Keep,
    Clear,
    Set(T),
}

/// Why a command on a campaign is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    NotDraft,
    NotLive,
}

impl<T> Patch<T> {
    pub(crate) fn apply(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Keep => current,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }
}

/// Null clears; a field that is left out is the default.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

impl Campaign {
    pub(crate) fn new(id: Uuid, tenant_id: Uuid, content: Content, now: DateTime<Utc>) -> Self {
        let Content { kind, title, body, language, controller_policy_url, message, consents } =
            content;
        Self {
            id,
            tenant_id,
            kind,
            state: State::Draft,
            title,
            body,
            language,
            controller_policy_url,
            message,
            consents,
            version: 1,
            created_at: now,
            published_at: None,
            closed_at: None,
            grace_ends_at: None,
        }
    }

    /// A draft with a change.
    pub(crate) fn amend(mut self, change: Change) -> Result<Self, Refusal> {
        if self.state != State::Draft {
            return Err(Refusal::NotDraft);
        }
        self.kind = change.kind.unwrap_or(self.kind);
        self.title = change.title.unwrap_or(self.title);
        self.body = change.body.unwrap_or(self.body);
        self.language = change.language.unwrap_or(self.language);
        self.controller_policy_url =
            change.controller_policy_url.unwrap_or(self.controller_policy_url);
        self.message = change.message.apply(self.message);
        self.consents = change.consents.unwrap_or(self.consents);
        self.version += 1;
        Ok(self)
    }

    pub(crate) fn publish(mut self, now: DateTime<Utc>) -> Result<Self, Refusal> {
        if self.state != State::Draft {
            return Err(Refusal::NotDraft);
        }
        self.state = State::Live;
        self.published_at = Some(now);
        self.version += 1;
        Ok(self)
    }

    pub(crate) fn close(mut self, now: DateTime<Utc>) -> Result<Self, Refusal> {
        if self.state != State::Live {
            return Err(Refusal::NotLive);
        }
        self.state = State::Closed;
        self.closed_at = Some(now);
        self.grace_ends_at = Some(now + GRACE);
        self.version += 1;
        Ok(self)
    }

    /// The same after its grace; none if that is not over.
    pub(crate) fn end_grace(self, now: DateTime<Utc>) -> Option<Self> {
        self.grace_ends_at.filter(|end| *end <= now)?;
        Some(Self { grace_ends_at: None, ..self })
    }

    /// Whether it counts confirmations.
    pub(crate) fn confirms(&self, now: DateTime<Utc>) -> bool {
        self.is_live() || self.grace_ends_at.is_some_and(|end| now < end)
    }

    /// Whether it accepts actions.
    pub(crate) fn is_live(&self) -> bool {
        self.state == State::Live
    }

    /// Only the organisation sees drafts.
    pub(crate) fn is_public(&self) -> bool {
        self.state != State::Draft
    }

    /// What is written to a representative, if the campaign does that.
    pub(crate) fn message_to_send(&self) -> Option<&Template> {
        self.message.as_ref().filter(|_| self.kind == Kind::MessageToRepresentative)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Campaign {
        let content = Content {
            kind: Kind::Petition,
            title: "Trees".to_owned(),
            body: "More of them.".to_owned(),
            language: "en".to_owned(),
            controller_policy_url: "https://trees.example/privacy".to_owned(),
            message: None,
            consents: Vec::new(),
        };
        Campaign::new(Uuid::nil(), Uuid::nil(), content, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_campaign_goes_from_draft_to_live_to_closed_and_never_back() {
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(draft().close(now).unwrap_err(), Refusal::NotLive);
        let live = draft().publish(now).unwrap();
        assert_eq!(live.clone().publish(now).unwrap_err(), Refusal::NotDraft);
        assert_eq!(live.clone().amend(Change::default()).unwrap_err(), Refusal::NotDraft);
        let closed = live.close(now).unwrap();
        assert_eq!(closed.clone().publish(now).unwrap_err(), Refusal::NotDraft);
        assert_eq!(closed.close(now).unwrap_err(), Refusal::NotLive);
    }

    #[test]
    fn only_a_live_campaign_accepts_actions_and_only_a_draft_is_hidden() {
        let now = DateTime::UNIX_EPOCH;
        let live = draft().publish(now).unwrap();
        let closed = live.clone().close(now).unwrap();
        let (draft, live, closed) =
            [draft(), live, closed].map(|it| (it.is_live(), it.is_public())).into();
        assert_eq!((draft, live, closed), ((false, false), (true, true), (false, true)));
    }

    #[test]
    fn a_closed_campaign_confirms_for_another_day() {
        let closed_at = DateTime::UNIX_EPOCH;
        let end = closed_at + GRACE;
        let before = end - TimeDelta::microseconds(1);
        let closed = draft().publish(closed_at).unwrap().close(closed_at).unwrap();
        assert!(closed.confirms(before) && !closed.confirms(end) && !draft().confirms(before));
        assert_eq!(closed.clone().end_grace(before), None);
        let ended = closed.end_grace(end).unwrap();
        assert!(!ended.confirms(before));
        assert_eq!(ended.end_grace(end), None);
    }

    #[test]
    fn a_change_makes_a_new_version_and_leaves_the_rest_alone() {
        let change = Change { title: Some("Hedges".to_owned()), ..Change::default() };
        let amended = draft().amend(change).unwrap();
        assert_eq!((amended.title.as_str(), amended.version), ("Hedges", 2));
        assert_eq!(amended.body, draft().body);
    }
}
