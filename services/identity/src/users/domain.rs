//! Users, memberships, and the table of roles and scopes.

use chrono::{DateTime, Utc};
use contracts::{Sealed, keyring::Compartment, scopes};
use kit::keyring::{
    Keys,
    sealed::{OpenError, SealContext},
};
use uuid::Uuid;

/// A sealed text.
pub(crate) type SealedText = Sealed<String>;

/// The compartments under whose keys the rows about a user are sealed.
pub(crate) const COMPARTMENTS: &[Compartment] = &[Compartment::Staff, Compartment::Network];

kit::text_enum! {
    /// What a user is in an organisation.
    pub(crate) enum Role {
        Owner = "owner",
        Admin = "admin",
        Campaigner = "campaigner",
        Analyst = "analyst",
        DataProtectionOfficer = "data_protection_officer",
    }
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

/// A user's name and address in plain text.
#[derive(Clone)]
pub(crate) struct Profile {
    pub(crate) email: String,
    pub(crate) name: String,
}

/// A user as one organisation knows them: a subject of the platform's tenant, sealed.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: Uuid,
    pub(crate) tenant_id: Uuid,
    pub(crate) subject_id: Uuid,
    pub(crate) email: SealedText,
    pub(crate) name: SealedText,
    pub(crate) password_hash: SealedText,
    pub(crate) created_at: DateTime<Utc>,
}

/// A member of an organisation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Membership {
    pub(crate) tenant_id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) role: Role,
    pub(crate) created_at: DateTime<Utc>,
}

/// A membership with what signing in needs to know of its organisation.
#[derive(Debug, Clone)]
pub(crate) struct Tenancy {
    pub(crate) tenant_id: Uuid,
    pub(crate) slug: String,
    pub(crate) role: Role,
}

impl User {
    /// The name and the address; none once the person is erased or restricted.
    pub(crate) fn profile(&self, keys: &Keys) -> Result<Option<Profile>, OpenError> {
        let email = self.open(keys, "email", &self.email)?;
        let name = self.open(keys, "name", &self.name)?;
        Ok(email.zip(name).map(|(email, name)| Profile { email, name }))
    }

    /// The hash of the password; none once the person is erased or restricted.
    pub(crate) fn password_hash(&self, keys: &Keys) -> Result<Option<String>, OpenError> {
        self.open(keys, "password_hash", &self.password_hash)
    }

    fn open(
        &self,
        keys: &Keys,
        column: &str,
        sealed: &SealedText,
    ) -> Result<Option<String>, OpenError> {
        Ok(keys.open(Compartment::Staff, place(column, self.id), sealed)?.value())
    }
}

/// Where a sealed column of a user stands.
pub(crate) fn place(column: &str, id: Uuid) -> SealContext<'_> {
    SealContext::Row { table: "users", column, id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_stays_within_the_owners_scopes() {
        for &role in Role::ALL {
            assert!(role.scopes().iter().all(|scope| scopes::ALL.contains(scope)), "{role:?}");
        }
        assert!(!scopes::ALL.contains(&"confirmations:link"));
        assert!(!Role::Admin.scopes().contains(&scopes::TENANT_WRITE));
    }
}
