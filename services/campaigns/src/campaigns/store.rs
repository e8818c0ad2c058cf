//! Queries on `campaigns`.

use chrono::{DateTime, Utc};
use diesel::{insert_into, prelude::*, update};
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError},
    http::page::PageRequest,
};
use uuid::Uuid;

use super::domain::{Campaign, Kind, State, Template};
use crate::schema::campaigns;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = campaigns, check_for_backend(diesel::pg::Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: Uuid,
    tenant_id: Uuid,
    kind: Kind,
    state: State,
    title: String,
    body: String,
    language: String,
    controller_policy_url: String,
    message_subject: Option<String>,
    message_body: Option<String>,
    consents: serde_json::Value,
    version: i32,
    created_at: DateTime<Utc>,
    published_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
    grace_ends_at: Option<DateTime<Utc>>,
}

pub(crate) async fn insert(conn: &mut Conn, campaign: &Campaign) -> Result<(), DbError> {
    insert_into(campaigns::table).values(Row::of(campaign)?).execute(conn).await?;
    Ok(())
}

pub(crate) async fn by_id(conn: &mut Conn, id: Uuid) -> Result<Option<Campaign>, DbError> {
    let row = campaigns::table.find(id).select(Row::as_select()).first(conn).await.optional()?;
    row.map(Row::into_campaign).transpose()
}

/// Locks the row until the transaction ends.
pub(crate) async fn lock(conn: &mut Conn, id: Uuid) -> Result<Option<Campaign>, DbError> {
    let query = campaigns::table.find(id).select(Row::as_select()).for_update();
    query.first(conn).await.optional()?.map(Row::into_campaign).transpose()
}

/// Keeps the end of a campaign's grace from passing until the transaction ends; false if it has passed.
pub(crate) async fn hold_grace(conn: &mut Conn, id: Uuid) -> Result<bool, DbError> {
    let query = campaigns::table.find(id).select(campaigns::grace_ends_at.is_not_null());
    Ok(query.for_key_share().first(conn).await.optional()?.unwrap_or(false))
}

/// The tenants and ids of all tenants' campaigns whose grace is over.
pub(super) async fn past_grace(
    conn: &mut Conn,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(Uuid, Uuid)>, DbError> {
    Ok(campaigns::table
        .filter(campaigns::grace_ends_at.le(now))
        .order(campaigns::grace_ends_at)
        .limit(limit)
        .select((campaigns::tenant_id, campaigns::id))
        .load(conn)
        .await?)
}

pub(crate) async fn save(conn: &mut Conn, campaign: &Campaign) -> Result<usize, DbError> {
    Ok(update(campaigns::table.find(campaign.id)).set(Row::of(campaign)?).execute(conn).await?)
}

pub(crate) async fn page(conn: &mut Conn, page: PageRequest) -> Result<Vec<Campaign>, DbError> {
    let rows: Vec<Row> = campaigns::table
        .filter(campaigns::id.gt(page.after()))
        .order(campaigns::id)
        .limit(page.rows())
        .select(Row::as_select())
        .load(conn)
        .await?;
    rows.into_iter().map(Row::into_campaign).collect()
}

impl Row {
    fn of(campaign: &Campaign) -> Result<Self, DbError> {
        let message = campaign.message.clone();
        let (message_subject, message_body) = message.map(|m| (m.subject, m.body)).unzip();
        Ok(Self {
            id: campaign.id,
            tenant_id: campaign.tenant_id,
            kind: campaign.kind,
            state: campaign.state,
            title: campaign.title.clone(),
            body: campaign.body.clone(),
            language: campaign.language.clone(),
            controller_policy_url: campaign.controller_policy_url.clone(),
            message_subject,
            message_body,
            consents: serde_json::to_value(&campaign.consents).map_err(|e| unreadable(e.into()))?,
            version: campaign.version,
            created_at: campaign.created_at,
            published_at: campaign.published_at,
            closed_at: campaign.closed_at,
            grace_ends_at: campaign.grace_ends_at,
        })
    }

    fn into_campaign(self) -> Result<Campaign, DbError> {
        let message = self.message_subject.zip(self.message_body);
        Ok(Campaign {
            id: self.id,
            tenant_id: self.tenant_id,
            kind: self.kind,
            state: self.state,
            title: self.title,
            body: self.body,
            language: self.language,
            controller_policy_url: self.controller_policy_url,
            message: message.map(|(subject, body)| Template { subject, body }),
            consents: serde_json::from_value(self.consents).map_err(|e| unreadable(e.into()))?,
            version: self.version,
            created_at: self.created_at,
            published_at: self.published_at,
            closed_at: self.closed_at,
            grace_ends_at: self.grace_ends_at,
        })
    }
}

fn unreadable(cause: Box<dyn std::error::Error + Send + Sync>) -> DbError {
    DbError::Query(diesel::result::Error::DeserializationError(cause))
}
