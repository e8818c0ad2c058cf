//! Sessions, their tokens, and which organisation a sign-in is for.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use crate::users::domain::Tenancy;

/// A session ends after this, however often its token was rotated.
pub(super) const LIFE: Duration = Duration::days(30);

/// A family of refresh tokens.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) id: Uuid,
    pub(super) tenant_id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) created_at: DateTime<Utc>,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) ended_at: Option<DateTime<Utc>>,
}

impl Session {
    pub(super) fn is_alive(&self, now: DateTime<Utc>) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }
}

/// A refresh token and the session it belongs to.
pub(super) struct Token {
    pub(super) session_id: Uuid,
    pub(super) user_id: Uuid,
    /// When it was exchanged for the next one.
    pub(super) rotated_at: Option<DateTime<Utc>>,
}

kit::text_enum! {
    /// Why a session ended before its time.
    pub(super) enum EndReason {
        SignedOut = "signed_out",
        TokenReused = "token_reused",
        MembershipEnded = "membership_ended",
    }
}

/// What is stored of a token. It holds 256 random bits, so a plain hash suffices.
pub(super) fn token_hash(token: &str) -> Vec<u8> {
    digest(&SHA256, token.as_bytes()).as_ref().to_vec()
}

/// A user's membership of an organisation and the hash of their password there; none once they are erased.
pub(super) struct Credential {
    pub(super) tenancy: Tenancy,
    pub(super) hash: Option<String>,
}

/// The credentials that a sign-in may be for.
pub(super) fn candidates<'a>(
    credentials: &'a [Credential],
    slug: Option<&str>,
) -> Vec<&'a Credential> {
    let fits = |credential: &&Credential| slug.is_none_or(|slug| credential.tenancy.slug == slug);
    credentials.iter().filter(fits).collect()
}

/// Why there is no organisation to act for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoTenancy {
    /// Not a member of the named organisation.
    NotAMember,
    /// The password is that of none of the candidates.
    WrongPassword,
    /// The password is that of several, and none was named.
    Ambiguous,
}

/// The organisation that a sign-in is for: the only one of the candidates whose password was given.
pub(super) fn select<'a>(
    candidates: &[&Credential],
    matching: &[&'a Tenancy],
) -> Result<&'a Tenancy, NoTenancy> {
    match (candidates, matching) {
        (_, [only]) => Ok(only),
        ([], []) => Err(NoTenancy::NotAMember),
        (_, []) => Err(NoTenancy::WrongPassword),
        _ => Err(NoTenancy::Ambiguous),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::domain::Role;

    fn credential(slug: &str) -> Credential {
        let tenant_id = Uuid::from_u128(1);
        let tenancy = Tenancy { tenant_id, slug: slug.to_owned(), role: Role::Analyst };
        Credential { tenancy, hash: None }
    }

    #[test]
    fn the_organisation_is_the_only_one_whose_password_was_given() {
        let credentials = [credential("a"), credential("b")];
        let [a, b] = [&credentials[0].tenancy, &credentials[1].tenancy];
        let both = candidates(&credentials, None);
        assert_eq!(both.len(), 2);
        assert_eq!(select(&both, &[b]).unwrap().slug, "b");
        assert_eq!(select(&both, &[a, b]).unwrap_err(), NoTenancy::Ambiguous);
        assert_eq!(select(&both, &[]).unwrap_err(), NoTenancy::WrongPassword);
        assert_eq!(candidates(&credentials, Some("b"))[0].tenancy.slug, "b");
        let none = candidates(&credentials, Some("c"));
        assert_eq!(select(&none, &[]).unwrap_err(), NoTenancy::NotAMember);
    }
}
