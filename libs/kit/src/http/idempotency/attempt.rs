//! The rows of the table `idempotency`: keyed fingerprints of a request, and its reply, sealed with a key that is derived
//! from the request and not stored. Only somebody who can send the same request can read its reply.

use actix_web::http::{StatusCode, Uri};
use aws_lc_rs::hmac;
use contracts::Sealed;
use diesel::{insert_into, prelude::*, update};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    db::{Conn, DbError},
    http::{extract::Caller, problem::Problem, reply::Rendered},
    keyring::sealed::{DataKey, SealContext},
    secret::Secret,
};

diesel::table! {
    idempotency (tenant_id, key_fingerprint) {
        tenant_id -> Uuid,
        key_fingerprint -> Bytea,
        request_fingerprint -> Bytea,
        status -> Nullable<SmallInt>,
        reply -> Nullable<Text>,
        created_at -> Timestamptz,
        sealed_reply -> Nullable<Bytea>,
    }
}

/// Derives fingerprints and keys from a secret of the service.
#[derive(Clone)]
pub(crate) struct Secrets(hmac::Key);

/// How far a request has come.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Progress {
    /// The result of the first of several transactions; null for a request with one transaction.
    pub(super) begun: serde_json::Value,
    /// Absent until the request is completed.
    pub(super) reply: Option<Rendered>,
}

/// A request with an idempotency key.
pub(super) struct Attempt {
    tenant_id: Uuid,
    key: [u8; 32],
    request: [u8; 32],
    sealing: DataKey,
}

impl Secrets {
    pub(crate) fn new(secret: &Secret) -> Self {
        let root = Self(hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes()));
        Self(hmac::Key::new(hmac::HMAC_SHA256, &root.derive(&[b"folkmoot idempotency v2"])))
    }

    /// A key belongs to one actor and one path.
    pub(super) fn attempt(&self, caller: &Caller, key: &str, target: &Uri, body: &[u8]) -> Attempt {
        let (path, query) = (target.path().as_bytes(), target.query().unwrap_or_default());
        let (actor, key) = (caller.actor_id.as_bytes(), key.as_bytes());
        let tenant = caller.tenant_id.as_bytes();
        let request = self.derive(&[b"request", tenant, actor, path, key, query.as_bytes(), body]);
        Attempt {
            tenant_id: caller.tenant_id,
            key: self.derive(&[b"key", actor, path, key]),
            request: self.derive(&[b"fingerprint", &request]),
            sealing: DataKey::new(self.derive(&[b"sealing", &request])),
        }
    }

    fn derive(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(part);
        }
        let mut derived = [0; 32];
        derived.copy_from_slice(context.sign().as_ref());
        derived
    }
}

impl Attempt {
    /// Claims the key for this transaction, or returns the progress of an earlier request with it. Waits while the
    /// transaction of such a request is open.
    pub(super) async fn claim(&self, conn: &mut Conn) -> Result<Option<Progress>, Problem> {
        let claimed = insert_into(idempotency::table)
            .values((
                idempotency::tenant_id.eq(self.tenant_id),
                idempotency::key_fingerprint.eq(self.key.as_slice()),
                idempotency::request_fingerprint.eq(self.request.as_slice()),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await
            .map_err(DbError::from)?;
        if claimed == 1 {
            return Ok(None);
        }
        // The row can only be missing if it expired between the two statements.
        let earlier = self.find(conn).await?;
        earlier.map(Some).ok_or_else(|| Problem::unavailable("The idempotency key"))
    }

    /// The progress of an earlier request with the key; a problem if that was a different request.
    pub(super) async fn find(&self, conn: &mut Conn) -> Result<Option<Progress>, Problem> {
        let row: Option<(Vec<u8>, Option<Vec<u8>>)> = idempotency::table
            .find((self.tenant_id, self.key.as_slice()))
            .select((idempotency::request_fingerprint, idempotency::sealed_reply))
            .for_update()
            .first(conn)
            .await
            .optional()
            .map_err(DbError::from)?;
        let Some((fingerprint, sealed)) = row else { return Ok(None) };
        if fingerprint != self.request {
            return Err(reused());
        }
        let sealed = Sealed::from_bytes(sealed.unwrap_or_default());
        let opened = self.sealing.open(self.place(), &sealed);
        opened.map(Some).map_err(|broken| Problem::internal(&broken.into()))
    }

    /// Saves the progress, in the transaction that made it.
    pub(super) async fn save(&self, conn: &mut Conn, progress: &Progress) -> Result<(), Problem> {
        let sealed = self.sealing.seal(self.place(), progress);
        let sealed = sealed.map_err(|broken| Problem::internal(&broken.into()))?;
        update(idempotency::table.find((self.tenant_id, self.key.as_slice())))
            .set(idempotency::sealed_reply.eq(sealed.as_bytes()))
            .execute(conn)
            .await
            .map_err(DbError::from)?;
        Ok(())
    }

    fn place(&self) -> SealContext<'static> {
        SealContext::Row { table: "idempotency", column: "sealed_reply", id: self.tenant_id }
    }
}

fn reused() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "idempotency_key_reused",
        "The Idempotency-Key was already used with a different request",
    )
}
