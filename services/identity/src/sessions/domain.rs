//! Sessions, their tokens, and which organisation a sign-in is for.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use crate::users::domain::Place;

/// A session ends after this, however often its token was rotated.
pub(crate) const LIFE: Duration = Duration::days(30);

/// A family of refresh tokens.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) id: Uuid,
    pub(crate) tenant_id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) ended: bool,
}

impl Session {
    /// Whether it still stands.
    pub(crate) fn lives(&self, now: DateTime<Utc>) -> bool {
        !self.ended && now < self.expires_at
    }
}

/// Why a session ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    SignedOut,
    TokenReused,
    MembershipEnded,
}

impl End {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::TokenReused => "token_reused",
            Self::MembershipEnded => "membership_ended",
        }
    }
}

/// What is stored of a token. It holds 256 random bits, so a plain hash suffices.
pub(crate) fn token_hash(token: &str) -> Vec<u8> {
    digest(&SHA256, token.as_bytes()).as_ref().to_vec()
}

/// Why there is no organisation to act for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoPlace {
    /// None, or not the one asked for.
    NotAMember,
    /// Several, and none was named.
    Several,
}

/// The organisation a sign-in is for.
pub(crate) fn choose<'a>(places: &'a [Place], slug: Option<&str>) -> Result<&'a Place, NoPlace> {
    match (slug, places) {
        (Some(slug), _) => places.iter().find(|p| p.slug == slug).ok_or(NoPlace::NotAMember),
        (None, [only]) => Ok(only),
        (None, []) => Err(NoPlace::NotAMember),
        (None, _) => Err(NoPlace::Several),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::domain::Role;

    fn place(slug: &str) -> Place {
        Place { tenant_id: Uuid::from_u128(1), slug: slug.to_owned(), role: Role::Analyst }
    }

    #[test]
    fn the_organisation_is_the_only_one_or_the_one_named() {
        let two = [place("a"), place("b")];
        assert_eq!(choose(&two[..1], None).unwrap().slug, "a");
        assert_eq!(choose(&two, Some("b")).unwrap().slug, "b");
        assert_eq!(choose(&two, None).unwrap_err(), NoPlace::Several);
        assert_eq!(choose(&two, Some("c")).unwrap_err(), NoPlace::NotAMember);
        assert_eq!(choose(&[], None).unwrap_err(), NoPlace::NotAMember);
    }
}
