//! Idempotency keys: a POST that is repeated with the same `Idempotency-Key` acts once and gets the same reply.
//!
//! The key is claimed and the reply is stored in the transaction that has the effect, so neither exists without the other
//! (docs/adr/0012-idempotent-posts.md). A request that fails leaves its key unused.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{
    FromRequest, HttpMessage as _, HttpRequest, HttpResponse, Responder, body::BoxBody,
    dev::Payload, http::Uri,
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use self::attempt::{Attempt, Progress, Secrets};
use crate::{
    db::{Conn, Db, DbError, group::Group},
    http::{
        extract::Caller,
        problem::Problem,
        reply::{Rendered, Reply},
    },
    secret::Secret,
};

mod attempt;
pub(crate) mod key;

/// The idempotency keys of a service.
#[derive(Clone)]
pub(crate) struct Store {
    db: Db,
    secrets: Secrets,
}

/// Runs the work of a POST once per idempotency key. Without a key it runs each time.
#[derive(Clone)]
pub struct Once {
    db: Db,
    tenant_id: Uuid,
    attempt: Option<Arc<Attempt>>,
}

/// The reply of a POST that went through [`Once`]. There is no other way to make one.
pub struct KeyedReply(Rendered);

impl Store {
    pub(crate) fn new(db: Db, secret: &Secret) -> Self {
        Self { db, secrets: Secrets::new(secret) }
    }

    /// For a request without a key.
    pub(crate) fn unkeyed(&self, caller: &Caller) -> Once {
        Once { db: self.db.clone(), tenant_id: caller.tenant_id, attempt: None }
    }

    /// For a request with a key; also its reply, if it was completed before.
    pub(crate) async fn keyed(
        &self,
        caller: &Caller,
        key: &str,
        target: &Uri,
        body: &[u8],
    ) -> Result<(Once, Option<KeyedReply>), Problem> {
        let attempt = self.secrets.attempt(caller, key, target, body);
        let find = async |conn: &mut Conn| attempt.find(conn).await;
        let earlier = self.db.tx("kit.idempotency.find", caller.tenant_id, find).await?;
        let once = Once { attempt: Some(Arc::new(attempt)), ..self.unkeyed(caller) };
        Ok((once, earlier.and_then(|progress| progress.reply).map(KeyedReply)))
    }
}

impl Once {
    /// Runs `work` in a transaction of the caller's tenant and stores its reply there, or returns the stored reply.
    pub async fn tx<T: Serialize, E: Into<Problem>>(
        &self,
        name: &'static str,
        work: impl AsyncFnOnce(&mut Conn) -> Result<Reply<T>, E>,
    ) -> Result<KeyedReply, Problem> {
        let run = async |conn: &mut Conn| -> Result<KeyedReply, Problem> {
            if let Some(earlier) = self.claim(conn).await? {
                return earlier.reply.map(KeyedReply).ok_or_else(|| misused("tx after begin"));
            }
            let reply = Rendered::new(&work(conn).await.map_err(Into::into)?)?;
            self.save(conn, serde_json::Value::Null, Some(reply.clone())).await?;
            Ok(KeyedReply(reply))
        };
        self.db.tx(name, self.tenant_id, run).await
    }

    /// Has an item written in a group, and replies. With a key it is written in a transaction of its own: a repetition waits
    /// for that of the first request, and must not hold up those of others.
    pub async fn write<I: Send + Sync + 'static, T: Serialize>(
        &self,
        group: &Group<I>,
        item: I,
        reply: Reply<T>,
    ) -> Result<KeyedReply, Problem> {
        if self.attempt.is_none() {
            group.write(self.tenant_id, item).await?;
            return Ok(KeyedReply(Rendered::new(&reply)?));
        }
        let write = async |conn: &mut Conn| -> Result<_, DbError> {
            group.write_in(conn, item).await?;
            Ok(reply)
        };
        self.tx(group.name(), write).await
    }

    /// Runs the first transaction of work that takes several. Stores its result, or returns the stored one: a repeated
    /// request carries on from there, so every later step must be repeatable. [`Once::finish`] ends the work.
    pub async fn begin<T: Serialize + DeserializeOwned, E: Into<Problem>>(
        &self,
        name: &'static str,
        work: impl AsyncFnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, Problem> {
        let run = async |conn: &mut Conn| -> Result<T, Problem> {
            if let Some(earlier) = self.claim(conn).await? {
                return serde_json::from_value(earlier.begun).map_err(unreadable);
            }
            let begun = work(conn).await.map_err(Into::into)?;
            self.save(conn, serde_json::to_value(&begun).map_err(unreadable)?, None).await?;
            Ok(begun)
        };
        self.db.tx(name, self.tenant_id, run).await
    }

    /// Stores the reply of work that began with [`Once::begin`]. If a concurrent repetition was faster, returns its
    /// reply.
    pub async fn finish<T: Serialize>(&self, reply: Reply<T>) -> Result<KeyedReply, Problem> {
        let reply = Rendered::new(&reply)?;
        let Some(attempt) = &self.attempt else { return Ok(KeyedReply(reply)) };
        let run = async |conn: &mut Conn| -> Result<KeyedReply, Problem> {
            let progress =
                attempt.find(conn).await?.ok_or_else(|| misused("finish before begin"))?;
            if let Some(earlier) = progress.reply {
                return Ok(KeyedReply(earlier));
            }
            self.save(conn, progress.begun, Some(reply.clone())).await?;
            Ok(KeyedReply(reply))
        };
        self.db.tx("kit.idempotency.finish", self.tenant_id, run).await
    }

    async fn claim(&self, conn: &mut Conn) -> Result<Option<Progress>, Problem> {
        match &self.attempt {
            Some(attempt) => attempt.claim(conn).await,
            None => Ok(None),
        }
    }

    async fn save(
        &self,
        conn: &mut Conn,
        begun: serde_json::Value,
        reply: Option<Rendered>,
    ) -> Result<(), Problem> {
        match &self.attempt {
            Some(attempt) => attempt.save(conn, &Progress { begun, reply }).await,
            None => Ok(()),
        }
    }
}

impl FromRequest for Once {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = req.extensions().get::<Self>().cloned();
        ready(found.ok_or_else(|| misused("a route that is not Routes::post")))
    }
}

impl Responder for KeyedReply {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.0.into_response()
    }
}

fn unreadable(error: serde_json::Error) -> Problem {
    Problem::internal(&error.into())
}

fn misused(how: &str) -> Problem {
    Problem::internal(&anyhow::anyhow!("Once was misused: {how}"))
}
