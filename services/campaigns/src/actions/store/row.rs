//! The row of an action.

use chrono::{DateTime, Utc};
use diesel::{pg::Pg, prelude::*};
use uuid::Uuid;

use crate::{
    actions::domain::{Action, MessageState, SealedPersonal, SealedText, State, Supporter},
    constituencies::domain::{Constituency, ConstituencyLookup},
    schema::actions,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = actions, check_for_backend(Pg))]
pub(super) struct Row {
    id: Uuid,
    tenant_id: Uuid,
    campaign_id: Uuid,
    subject_id: Option<Uuid>,
    state: State,
    #[diesel(embed)]
    personal: PersonalColumns,
    constituency: Option<String>,
    constituency_name: Option<String>,
    place_pending: bool,
    taken_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    confirmed_at: Option<DateTime<Utc>>,
    message_state: Option<MessageState>,
    test: bool,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = actions, check_for_backend(Pg))]
pub(super) struct PersonalColumns {
    name: Option<Vec<u8>>,
    email: Option<Vec<u8>>,
    postcode: Option<Vec<u8>>,
    address: Option<Vec<u8>>,
    own_words: Option<Vec<u8>>,
    subject_line: Option<Vec<u8>>,
}

impl From<Row> for Action {
    fn from(row: Row) -> Self {
        let supporter = row.subject_id.zip(row.personal.into_personal());
        let constituency = row.constituency.zip(row.constituency_name);
        let constituency = constituency.map(|(gss_code, name)| Constituency { gss_code, name });
        Self {
            id: row.id,
            tenant_id: row.tenant_id,
            campaign_id: row.campaign_id,
            state: row.state,
            supporter: supporter.map(|(subject_id, personal)| Supporter { subject_id, personal }),
            lookup: if row.place_pending {
                ConstituencyLookup::Pending
            } else {
                constituency.into()
            },
            taken_at: row.taken_at,
            expires_at: row.expires_at,
            confirmed_at: row.confirmed_at,
            message_state: row.message_state,
            test: row.test,
        }
    }
}

impl PersonalColumns {
    fn into_personal(self) -> Option<SealedPersonal> {
        Some(SealedPersonal {
            name: SealedText::from_bytes(self.name?),
            email: SealedText::from_bytes(self.email?),
            postcode: SealedText::from_bytes(self.postcode?),
            address: SealedText::from_bytes(self.address?),
            own_words: self.own_words.map(SealedText::from_bytes),
            subject_line: self.subject_line.map(SealedText::from_bytes),
        })
    }
}
