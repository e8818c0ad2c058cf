//! A running service for one test, with its own schema and fakes, and without background work.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use contracts::Event;
use diesel_async::AsyncPgConnection;
use kit::{
    clock::Clock,
    config::Env,
    id::Ids,
    service::{self, Background, Running, Service},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    caller::Caller,
    db::{OutboxRow, TestDb},
    fakes::{Fakes, new_key},
};

/// A service under test.
pub struct TestApp<S: Service> {
    pub running: Running<S::App>,
    /// The service's clock, which [`Clock::advance`] moves.
    pub clock: Clock,
    /// The gateway and the keyring that the service calls.
    pub fakes: Fakes,
    /// The service's schema, if it has one.
    pub db: Option<TestDb>,
    stop: CancellationToken,
}

impl<S: Service> TestApp<S> {
    /// Starts the service with these settings beside the necessary ones.
    pub async fn start(settings: &[(&str, &str)]) -> Self {
        let fakes = Fakes::start();
        let db = match S::migrations() {
            Some(migrations) => Some(TestDb::new(S::NAME, migrations).await),
            None => None,
        };
        let clock = Clock::default();
        let stop = CancellationToken::new();
        let env = env::<S>(&fakes, db.as_ref(), settings);
        let running = service::start::<S>(env, clock.clone(), Background::Off, stop.clone())
            .await
            .expect("start");
        Self { running, clock, fakes, db, stop }
    }

    pub fn app(&self) -> &Arc<S::App> {
        &self.running.app
    }

    /// A caller of a new tenant with these scopes.
    pub fn caller(&self, scopes: &[&str]) -> Caller {
        self.caller_for_tenant(Ids.next(), scopes)
    }

    /// A caller of this tenant with these scopes.
    pub fn caller_for_tenant(&self, tenant_id: Uuid, scopes: &[&str]) -> Caller {
        let token = self.fakes.token(&self.clock, S::NAME, tenant_id, &scopes.join(" "));
        self.caller_with_token(tenant_id, Some(token))
    }

    /// A caller of this tenant with a test key that has these scopes.
    pub fn test_caller(&self, tenant_id: Uuid, scopes: &[&str]) -> Caller {
        let token = self.fakes.test_token(&self.clock, S::NAME, tenant_id, &scopes.join(" "));
        self.caller_with_token(tenant_id, Some(token))
    }

    /// A caller with this token.
    pub fn caller_with_token(&self, tenant_id: Uuid, token: Option<String>) -> Caller {
        let http = kit::client::plain::build(Duration::from_secs(20)).expect("client");
        Caller { tenant_id, base: format!("http://{}", self.running.addr), token, http }
    }

    /// Status and body of the readiness report at the admin port.
    pub async fn readiness(&self) -> (u16, serde_json::Value) {
        let http = kit::client::plain::build(Duration::from_secs(20)).expect("client");
        let url = format!("http://{}/readyz", self.running.admin_addr);
        let response = http.get(url).send().await.expect("a response");
        (response.status().as_u16(), response.json().await.expect("JSON"))
    }

    /// Handles an event as if it had arrived from Kafka, including the inbox.
    pub async fn deliver<E: Event>(&self, tenant_id: Uuid, event: &E) -> anyhow::Result<()> {
        self.deliver_with_id(Ids.next(), tenant_id, event).await
    }

    /// The same with this event id, for sealed fields and repeated deliveries.
    pub async fn deliver_with_id<E: Event>(
        &self,
        id: Uuid,
        tenant_id: Uuid,
        event: &E,
    ) -> anyhow::Result<()> {
        self.running.deliver::<S, E>(id, tenant_id, event).await
    }

    /// Handles several events in one transaction, as a batch from Kafka is.
    pub async fn deliver_batch<E: Event>(
        &self,
        tenant_id: Uuid,
        events: &[(Uuid, &E)],
    ) -> anyhow::Result<()> {
        self.running.deliver_batch::<S, E>(tenant_id, events).await
    }

    /// Runs one job once.
    pub async fn run_job(&self, name: &str) -> anyhow::Result<()> {
        S::jobs().run_once(name, &self.running.app).await
    }

    /// A connection that sees all rows of the test's schema.
    pub async fn sql(&self) -> AsyncPgConnection {
        self.db.as_ref().expect("a schema").as_worker(S::NAME).await
    }

    /// The events in the outbox, in order.
    pub async fn outbox(&self) -> Vec<OutboxRow> {
        crate::db::outbox(&mut self.sql().await).await
    }
}

impl<S: Service> Drop for TestApp<S> {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn env<S: Service>(fakes: &Fakes, db: Option<&TestDb>, settings: &[(&str, &str)]) -> Env {
    let upper = S::NAME.to_uppercase();
    let mut pairs = vec![
        (format!("FOLKMOOT_{upper}_LISTEN"), "127.0.0.1:0".to_owned()),
        (format!("FOLKMOOT_{upper}_ADMIN_LISTEN"), "127.0.0.1:0".to_owned()),
        (format!("FOLKMOOT_{upper}_HTTP_WORKERS"), "1".to_owned()),
        (format!("FOLKMOOT_{upper}_WORKLOAD_KEY"), B64.encode(new_key())),
        ("FOLKMOOT_WORKLOAD_JWKS".to_owned(), r#"{"keys":[]}"#.to_owned()),
    ];
    for name in contracts::services::names() {
        pairs.push((format!("FOLKMOOT_{}_URL", name.to_uppercase()), fakes.url.clone()));
    }
    if let Some(db) = db {
        pairs.push((format!("FOLKMOOT_{upper}_DATABASE_URL"), db.url.expose().to_owned()));
        pairs.push((format!("FOLKMOOT_{upper}_POOL_SIZE"), "4".to_owned()));
        // A service without events must start without a broker.
        if S::USES_EVENTS {
            pairs.push(("KAFKA_BROKERS".to_owned(), crate::setting("KAFKA_BROKERS")));
        }
    }
    pairs.extend(settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
    Env::from_pairs(pairs)
}
