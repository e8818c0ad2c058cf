//! Columns of `deliveries` that several queries share.

use diesel::prelude::*;
use uuid::Uuid;

use crate::{
    deliveries::domain::{Identity, Kind, SealedMessage},
    schema::deliveries,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = deliveries, check_for_backend(diesel::pg::Pg))]
pub(super) struct IdentityRow {
    id: Uuid,
    tenant_id: Uuid,
    kind: Kind,
    action_id: Uuid,
    campaign_id: Uuid,
    target_id: Option<Uuid>,
    subject_id: Uuid,
}

/// All but `reply_to` and `language` are null, or none.
#[derive(Default, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = deliveries, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub(super) struct MessageRow {
    to_name: Option<Vec<u8>>,
    to_address: Option<Vec<u8>>,
    from_name: Option<Vec<u8>>,
    reply_to: Option<Vec<u8>>,
    subject_line: Option<Vec<u8>>,
    body: Option<Vec<u8>>,
    language: Option<String>,
}

impl From<IdentityRow> for Identity {
    fn from(row: IdentityRow) -> Self {
        let IdentityRow { id, tenant_id, kind, action_id, campaign_id, target_id, subject_id } =
            row;
        Self { id, tenant_id, kind, action_id, campaign_id, target_id, subject_id }
    }
}

impl MessageRow {
    pub(super) fn into_message(self) -> Option<SealedMessage> {
        Some(SealedMessage {
            to_name: self.to_name?,
            to_address: self.to_address?,
            from_name: self.from_name?,
            reply_to: self.reply_to,
            subject_line: self.subject_line?,
            body: self.body?,
            language: self.language,
        })
    }
}
