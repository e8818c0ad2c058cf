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

/// An organisation that somebody belongs to, and the hash of their password there; none once they are erased.
pub(crate) struct Door {
    pub(crate) place: Place,
    pub(crate) hash: Option<String>,
}

/// The organisations that a sign-in may be for.
pub(crate) fn asked<'a>(doors: &'a [Door], slug: Option<&str>) -> Vec<&'a Door> {
    doors.iter().filter(|door| slug.is_none_or(|slug| door.place.slug == slug)).collect()
}

/// Why there is no organisation to act for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoPlace {
    /// Not a member of the one asked for.
    NotAMember,
    /// The password is that of none of them.
    WrongPassword,
    /// The password is that of several, and none was named.
    Several,
}

/// The organisation a sign-in is for: the only one asked for whose password was given.
pub(crate) fn choose<'a>(asked: usize, right: &[&'a Place]) -> Result<&'a Place, NoPlace> {
    match (asked, right) {
        (_, [only]) => Ok(only),
        (0, []) => Err(NoPlace::NotAMember),
        (_, []) => Err(NoPlace::WrongPassword),
        _ => Err(NoPlace::Several),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::domain::Role;

    fn door(slug: &str) -> Door {
        let place =
            Place { tenant_id: Uuid::from_u128(1), slug: slug.to_owned(), role: Role::Analyst };
        Door { place, hash: None }
    }

    #[test]
    fn the_organisation_is_the_only_one_whose_password_was_given() {
        let doors = [door("a"), door("b")];
        let [a, b] = [&doors[0].place, &doors[1].place];
        assert_eq!(choose(2, &[b]).unwrap().slug, "b");
        assert_eq!(choose(2, &[a, b]).unwrap_err(), NoPlace::Several);
        assert_eq!(choose(2, &[]).unwrap_err(), NoPlace::WrongPassword);
        assert_eq!(choose(0, &[]).unwrap_err(), NoPlace::NotAMember);
        assert_eq!(asked(&doors, None).len(), 2);
        assert_eq!(asked(&doors, Some("b"))[0].place.slug, "b");
        assert!(asked(&doors, Some("c")).is_empty());
    }
}
