//! A representative and their office.

use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Representative {
    pub(crate) id: Uuid,
    pub(crate) gss_code: String,
    pub(crate) name: String,
    pub(crate) party: String,
    pub(crate) office_email: String,
    pub(crate) office_address: String,
    pub(crate) salutation: String,
}
