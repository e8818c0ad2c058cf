//! Everything that can go wrong here, and the table from errors to problems.

use actix_web::http::StatusCode;
use chrono::TimeDelta;
use kit::{
    db::DbError,
    http::problem::{FieldError, Problem},
    keyring::{KeyringError, sealed::OpenError},
};

use crate::messages::template::Unrenderable;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("no such campaign")]
    NoSuchCampaign,
    #[error("the campaign is not a draft")]
    NotDraft,
    #[error("the campaign is not live")]
    NotLive,
    #[error("the campaign is closed")]
    CampaignClosed,
    #[error("no such export")]
    NoSuchExport,
    #[error("no such area")]
    NoSuchArea,
    #[error("the area's definition is no longer valid")]
    AreaOutdated,
    #[error("the link is unknown")]
    LinkUnknown,
    #[error("the link has expired")]
    LinkExpired,
    #[error("what would be sent has changed since it was shown")]
    ConfirmationChanged(Vec<FieldError>),
    #[error("what would be sent was not shown, or not for long enough")]
    ConfirmationUnread { pause: TimeDelta },
    #[error("another action of this person already counts")]
    Repeated,
    #[error("the postcodes service is unavailable")]
    PostcodesUnavailable,
    #[error(transparent)]
    Problem(#[from] Problem),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    #[error(transparent)]
    OpenError(#[from] OpenError),
    #[error(transparent)]
    Unrenderable(#[from] Unrenderable),
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NoSuchCampaign => Self::not_found("campaign"),
            Error::NotDraft => {
                Self::conflict("campaign_not_draft", "The campaign is no longer a draft")
            }
            Error::NotLive => Self::conflict("campaign_not_live", "The campaign is not live"),
            Error::CampaignClosed => Self::conflict("campaign_closed", "The campaign is closed"),
            Error::NoSuchExport => Self::not_found("export"),
            Error::NoSuchArea => Self::not_found("area"),
            Error::AreaOutdated => Self::conflict(
                "area_outdated",
                "The area's rules use codes that are not in the current data",
            ),
            Error::LinkUnknown => link_gone(StatusCode::NOT_FOUND),
            Error::LinkExpired => link_gone(StatusCode::GONE),
            Error::ConfirmationChanged(changes) => Self::conflict(
                "confirmation_changed",
                "What would be sent has changed since it was shown",
            )
            .with_errors(changes),
            Error::ConfirmationUnread { pause } => Self::conflict(
                "confirmation_unread",
                "Get the confirmation first, and let a person read it",
            )
            .retry_after(u32::try_from(pause.num_seconds()).unwrap_or_default().max(1)),
            Error::PostcodesUnavailable => Self::unavailable("The postcode look-up"),
            Error::Problem(problem) => problem,
            Error::Db(error) => error.into(),
            Error::Keyring(error) => error.into(),
            Error::OpenError(error) => Self::internal(&error.into()),
            Error::Unrenderable(error) => Self::internal(&error.into()),
            // The workflow handles this itself, and answers as it does to a first confirmation.
            Error::Repeated => Self::internal(&anyhow::anyhow!("a repetition was not handled")),
            Error::Internal(error) => Self::internal(&error),
        }
    }
}

fn link_gone(status: StatusCode) -> Problem {
    Problem::new(status, "link_gone", "This link is no longer valid")
}
