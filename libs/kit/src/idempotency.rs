//! Idempotency keys: a request sent twice acts once and is answered the same. Stored in the acting transaction.

use aws_lc_rs::hmac;
use diesel::{insert_into, prelude::*, update};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::{
    db::{Conn, DbError},
    problem::{FieldError, Problem},
    secret::Secret,
};

/// Longest key accepted.
const MAX_KEY: usize = 255;

diesel::table! {
    idempotency (tenant_id, key_fingerprint) {
        tenant_id -> Uuid,
        key_fingerprint -> Bytea,
        request_fingerprint -> Bytea,
        status -> Nullable<SmallInt>,
        reply -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

/// Makes keyed fingerprints, so that the table says nothing about a request to whoever reads it.
#[derive(Clone)]
pub struct Fingerprints(hmac::Key);

impl Fingerprints {
    /// Derives the fingerprint key from a secret of this service.
    pub fn new(secret: &Secret) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        let derived = hmac::sign(&root, b"folkmoot idempotency fingerprints v1");
        Self(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
    }

    fn of(&self, parts: &[&[u8]]) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(&u64::try_from(part.len()).unwrap_or_default().to_be_bytes());
            context.update(part);
        }
        context.sign().as_ref().to_vec()
    }
}

/// A request that carries an `Idempotency-Key`.
pub struct Attempt {
    tenant_id: Uuid,
    key: Vec<u8>,
    request: Vec<u8>,
}

/// Whether the request is new.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen {
    /// Act, then [`Attempt::store`] the reply.
    New,
    /// Answered before, with this status and reply.
    Before(u16, String),
}

impl Attempt {
    /// Reads the key of a request by `actor` with this method, path and body.
    pub fn new(
        fingerprints: &Fingerprints,
        caller: &crate::extract::Caller,
        key: Option<&str>,
        route: &str,
        body: &[u8],
    ) -> Result<Option<Self>, Problem> {
        let Some(key) = key else { return Ok(None) };
        if key.is_empty() || key.len() > MAX_KEY {
            let detail = format!("1 to {MAX_KEY} characters");
            return Err(Problem::invalid(vec![FieldError::new(
                "Idempotency-Key",
                "malformed",
                detail,
            )]));
        }
        Ok(Some(Self {
            tenant_id: caller.tenant_id,
            key: fingerprints.of(&[caller.actor_id.as_bytes(), route.as_bytes(), key.as_bytes()]),
            request: fingerprints.of(&[body]),
        }))
    }

    /// Claims the key in this transaction. A concurrent request with the same key waits for ours to end.
    pub async fn begin(&self, conn: &mut Conn) -> Result<Result<Seen, Problem>, DbError> {
        let claimed = insert_into(idempotency::table)
            .values((
                idempotency::tenant_id.eq(self.tenant_id),
                idempotency::key_fingerprint.eq(&self.key),
                idempotency::request_fingerprint.eq(&self.request),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await?;
        if claimed == 1 {
            return Ok(Ok(Seen::New));
        }
        let (request, status, reply): (Vec<u8>, Option<i16>, Option<String>) = idempotency::table
            .filter(idempotency::tenant_id.eq(self.tenant_id))
            .filter(idempotency::key_fingerprint.eq(&self.key))
            .select((idempotency::request_fingerprint, idempotency::status, idempotency::reply))
            .first(conn)
            .await?;
        if request != self.request {
            let title = "The idempotency key was used for another request";
            return Ok(Err(Problem::new(
                actix_web::http::StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                title,
            )));
        }
        let status = status.and_then(|s| u16::try_from(s).ok()).unwrap_or(202);
        Ok(Ok(Seen::Before(status, reply.unwrap_or_default())))
    }

    /// Keeps the reply, which must hold no personal data.
    pub async fn store(&self, conn: &mut Conn, status: u16, reply: &str) -> Result<(), DbError> {
        update(idempotency::table)
            .filter(idempotency::tenant_id.eq(self.tenant_id))
            .filter(idempotency::key_fingerprint.eq(&self.key))
            .set((
                idempotency::status.eq(i16::try_from(status).unwrap_or(202)),
                idempotency::reply.eq(reply),
            ))
            .execute(conn)
            .await?;
        Ok(())
    }
}
