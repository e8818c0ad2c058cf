//! Users, memberships, and the table of roles and scopes.

use chrono::{DateTime, Utc};
use contracts::{Sealed, scopes};
use uuid::Uuid;

/// What a user is in an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Owner,
    Admin,
    Campaigner,
    Analyst,
    DataProtectionOfficer,
}

/// Reads what campaigns do, without personal data.
const ANALYST: &[&str] = &[
    scopes::TENANT_READ,
    scopes::CAMPAIGNS_READ,
    scopes::CAMPAIGNS_PUBLIC,
    scopes::ACTIONS_READ,
    scopes::REPRESENTATIVES_READ,
    scopes::GEO_READ,
    scopes::DELIVERIES_READ,
];
/// What a campaigner may do beyond an analyst.
const CAMPAIGNING: &[&str] = &[scopes::CAMPAIGNS_WRITE, scopes::REPRESENTATIVES_WRITE];
/// Sees who did what, and answers people's requests about their data.
const DATA_PROTECTION_OFFICER: &[&str] = &[
    scopes::TENANT_READ,
    scopes::USERS_READ,
    scopes::AUDIT_READ,
    scopes::CAMPAIGNS_READ,
    scopes::ACTIONS_READ,
    scopes::ACTIONS_EXPORT,
    scopes::DELIVERIES_READ,
    scopes::RIGHTS_READ,
    scopes::RIGHTS_WRITE,
];

impl Role {
    pub(crate) const ALL: [Self; 5] =
        [Self::Owner, Self::Admin, Self::Campaigner, Self::Analyst, Self::DataProtectionOfficer];

    /// As JSON and the database write it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Campaigner => "campaigner",
            Self::Analyst => "analyst",
            Self::DataProtectionOfficer => "data_protection_officer",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// What the role may do.
    pub(crate) fn scopes(self) -> Vec<&'static str> {
        match self {
            Self::Owner => scopes::ALL.to_vec(),
            Self::Admin => scopes::without(scopes::ALL, &[scopes::TENANT_WRITE]),
            Self::Campaigner => [ANALYST, CAMPAIGNING].concat(),
            Self::Analyst => ANALYST.to_vec(),
            Self::DataProtectionOfficer => DATA_PROTECTION_OFFICER.to_vec(),
        }
    }
}

/// A user as one organisation knows them: a subject of the platform's tenant, sealed.
#[derive(Debug, Clone)]
pub(crate) struct StoredUser {
    pub(crate) id: Uuid,
    pub(crate) tenant_id: Uuid,
    pub(crate) subject_id: Uuid,
    pub(crate) email: Sealed<String>,
    pub(crate) name: Sealed<String>,
    pub(crate) password_hash: Sealed<String>,
    pub(crate) created_at: DateTime<Utc>,
}

/// Columns of a row: id, tenant, subject, address, name, hash, time.
pub(crate) type UserColumns = (Uuid, Uuid, Uuid, Vec<u8>, Vec<u8>, Vec<u8>, DateTime<Utc>);

impl StoredUser {
    /// From the columns of a row.
    pub(crate) fn from_columns(columns: UserColumns) -> Self {
        let (id, tenant_id, subject_id, email, name, hash, created_at) = columns;
        let (email, name) = (Sealed::from_bytes(email), Sealed::from_bytes(name));
        let password_hash = Sealed::from_bytes(hash);
        Self { id, tenant_id, subject_id, email, name, password_hash, created_at }
    }
}

/// A user's place in one organisation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Membership {
    pub(crate) tenant_id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) role: Role,
    pub(crate) created_at: DateTime<Utc>,
}

/// A membership with what signing in needs to know of its organisation.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) tenant_id: Uuid,
    pub(crate) slug: String,
    pub(crate) role: Role,
}

/// A person's name: one line.
pub(crate) fn name(text: &str) -> Result<String, &'static str> {
    crate::tenants::domain::name(text)
}

/// A rough look at an address; the keyring alone normalises it and has the last word.
pub(crate) fn email(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let (local, host) = text.rsplit_once('@').unwrap_or_default();
    let fits = text.len() <= 254 && !local.is_empty() && host.contains('.');
    if fits && !text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        Ok(text.to_owned())
    } else {
        Err("must be an email address")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_stays_within_the_owners_scopes_and_reads_back() {
        for role in Role::ALL {
            assert!(role.scopes().iter().all(|scope| scopes::ALL.contains(scope)), "{role:?}");
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert!(!scopes::ALL.contains(&"confirmations:link"));
        assert!(!Role::Admin.scopes().contains(&scopes::TENANT_WRITE));
    }

    #[test]
    fn addresses_are_looked_at_roughly() {
        assert_eq!(email(" ada@example.org ").unwrap(), "ada@example.org");
        for bad in ["ada", "@example.org", "ada@host", "a da@example.org"] {
            assert!(email(bad).is_err(), "{bad}");
        }
    }
}
