//! A schema, topics and fakes that several replicas of the service share, and the records in Kafka.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use contracts::{
    Event, Sealed,
    keyring::{Compartment, Purpose},
};
use diesel_async::{AsyncConnection as _, AsyncPgConnection};
use kit::{
    clock::Clock,
    config::Env,
    db::Db,
    events::{kafka::Kafka, topics},
    id::Ids,
    keyring::sealed::SealContext,
    secret::Secret,
    service::{self, Background, Running, Service as _},
};
use rdkafka::{
    consumer::{Consumer as _, StreamConsumer},
    message::{Header, Headers as _, Message as _, OwnedHeaders},
    producer::FutureRecord,
};
use testkit::{
    db::TestDb,
    fakes::{Fakes, new_key},
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::notes::{self, App, NoteShared, Notes, Trouble};

/// What the replicas share.
pub(crate) struct Shared {
    pub(crate) db: TestDb,
    pub(crate) fakes: Fakes,
    pub(crate) kafka: Kafka,
    prefix: String,
}

/// One running replica; it stops when dropped.
pub(crate) struct Replica {
    pub(crate) running: Option<Running<App>>,
    stop: CancellationToken,
}

impl Replica {
    pub(crate) fn app(&self) -> &App {
        &self.running.as_ref().unwrap().app
    }

    /// Asks it to stop, without waiting.
    pub(crate) fn begin_stop(&self) {
        self.stop.cancel();
    }

    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        self.running.take().unwrap().stopped().await;
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Shared {
    pub(crate) async fn new() -> Self {
        let prefix = format!("kit-{}", Ids.next().simple());
        let pairs = [
            ("KAFKA_BROKERS", testkit::setting("KAFKA_BROKERS")),
            ("FOLKMOOT_TOPIC_PREFIX", prefix.clone()),
        ];
        let kafka = Kafka::from_env(&mut Env::from_pairs(pairs));
        topics::ensure(&kafka, &[(NoteShared::TOPIC, Notes::NAME)], 1).await.unwrap();
        let db = TestDb::new(Notes::NAME, notes::MIGRATIONS).await;
        Self { db, fakes: Fakes::start(), kafka, prefix }
    }

    /// The settings of a replica.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        let local = || "127.0.0.1:0".to_owned();
        vec![
            ("FOLKMOOT_NOTES_LISTEN", local()),
            ("FOLKMOOT_NOTES_ADMIN_LISTEN", local()),
            ("FOLKMOOT_NOTES_HTTP_WORKERS", "1".to_owned()),
            ("FOLKMOOT_NOTES_POOL_SIZE", "4".to_owned()),
            ("FOLKMOOT_NOTES_DATABASE_URL", self.db.url.expose().to_owned()),
            ("FOLKMOOT_NOTES_WORKLOAD_KEY", B64.encode(new_key())),
            ("FOLKMOOT_WORKLOAD_JWKS", r#"{"keys":[]}"#.to_owned()),
            ("FOLKMOOT_GATEWAY_URL", self.fakes.url.clone()),
            ("FOLKMOOT_KEYRING_URL", self.fakes.url.clone()),
            ("KAFKA_BROKERS", testkit::setting("KAFKA_BROKERS")),
            ("FOLKMOOT_TOPIC_PREFIX", self.prefix.clone()),
        ]
    }

    /// Starts a replica with background work, as in production.
    pub(crate) async fn replica(&self) -> Replica {
        self.replica_with(&[]).await
    }

    /// The same with other settings.
    pub(crate) async fn replica_with(&self, others: &[(&'static str, &str)]) -> Replica {
        let mut settings = self.settings();
        settings.extend(others.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let (env, stop) = (Env::from_pairs(settings), CancellationToken::new());
        let clock = Clock::default();
        let running = service::start::<Notes>(env, clock, Background::On, stop.clone()).await;
        Replica { running: Some(running.unwrap()), stop }
    }

    /// A consumer that reads a topic from its start.
    pub(crate) fn reader(&self, topic: &str) -> StreamConsumer {
        let reader = self.kafka.consumer(&format!("reader-{}", Ids.next().simple())).unwrap();
        reader.subscribe(&[topic]).unwrap();
        reader
    }

    /// Publishes an event, as the relay of another service does.
    pub(crate) async fn publish<E: Event>(&self, id: Uuid, tenant_id: Uuid, event: &E) {
        let payload = serde_json::to_string(event).unwrap();
        let (id, tenant_id) = (id.to_string(), tenant_id.to_string());
        let kind = format!("org.folkmoot.{}", E::TYPE);
        let headers = [
            ("ce_specversion", "1.0"),
            ("ce_id", &id),
            ("ce_source", "/services/others"),
            ("ce_type", &kind),
            ("ce_time", "2026-05-01T10:00:00Z"),
            ("ce_tenantid", &tenant_id),
        ];
        let headers = headers.iter().fold(OwnedHeaders::new(), |all, (key, value)| {
            all.insert(Header { key, value: Some(*value) })
        });
        let (topic, key) = (self.kafka.topic(E::TOPIC), event.key().to_string());
        let record = FutureRecord::to(&topic).key(&key).payload(&payload).headers(headers);
        let producer = self.kafka.producer().unwrap();
        producer.send(record, Duration::from_secs(10)).await.map_err(|(e, _)| e).unwrap();
    }

    /// Publishes a note of a new person and returns the event's id.
    pub(crate) async fn share(&self, tenant_id: Uuid, text: &str, trouble: Trouble) -> Uuid {
        let id = Ids.next();
        let event = self.seal_note(id, tenant_id, text, trouble).await;
        self.publish(id, tenant_id, &event).await;
        id
    }

    /// A note of a new person, sealed with their key from the fake keyring.
    pub(crate) async fn seal_note(
        &self,
        id: Uuid,
        tenant_id: Uuid,
        text: &str,
        trouble: Trouble,
    ) -> NoteShared {
        let email = format!("{}@people.example", id.simple());
        let request = contracts::keyring::ResolveRequest {
            purpose: Purpose::Record,
            items: vec![contracts::keyring::ResolveItem {
                tenant_id,
                email,
                compartments: vec![Compartment::Action],
                mint: true,
            }],
        };
        let http = kit::client::plain::build(Duration::from_secs(5)).unwrap();
        let url = format!("{}/internal/v1/subjects/resolve", self.fakes.url);
        let response = http.post(url).json(&request).send().await.unwrap();
        let people: Vec<contracts::keyring::Resolved> = response.json().await.unwrap();
        let contracts::keyring::KeyAnswer::Active { key } = &people[0].keys[0] else { panic!() };
        let key = kit::keyring::sealed::DataKey::new(B64.decode(key).unwrap().try_into().unwrap());
        let place = SealContext::Event { kind: NoteShared::TYPE, field: "text", id };
        let text: Sealed<String> = key.seal(place, text).unwrap();
        NoteShared { subject_id: people[0].subject_id.unwrap(), text, trouble }
    }

    /// The text of every note in the schema.
    pub(crate) async fn texts(&self) -> Vec<String> {
        notes::texts(&mut self.db.as_worker(Notes::NAME).await).await.unwrap()
    }

    /// Waits until the notes in the schema are these.
    pub(crate) async fn wait_for_texts(&self, wanted: &[&str]) {
        let what = format!("notes {wanted:?}");
        testkit::wait::eventually(&what, async || (self.texts().await == wanted).then_some(()))
            .await;
    }
}

/// A local address at which nothing listens.
pub(crate) fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A proxy before the database that can be opened and closed. Closed, it refuses connections and drops those it has.
pub(crate) struct DatabaseProxy {
    address: SocketAddr,
    connections: JoinSet<()>,
}

impl DatabaseProxy {
    /// A closed proxy.
    pub(crate) fn new() -> Self {
        Self { address: free_address(), connections: JoinSet::new() }
    }

    /// The URL of a database, through this proxy.
    pub(crate) fn url_of(&self, url: &Secret) -> String {
        let mut url = url::Url::parse(url.expose()).unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.address.port())).unwrap();
        url.to_string()
    }

    pub(crate) async fn open(&mut self) {
        self.open_for(usize::MAX).await;
    }

    /// Accepts so many connections, and refuses others from then on.
    pub(crate) async fn open_for(&mut self, most: usize) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        let database = url::Url::parse(&testkit::setting("DATABASE_URL")).unwrap();
        let database = (database.host_str().unwrap().to_owned(), database.port().unwrap());
        self.connections.spawn(async move {
            let mut connections = JoinSet::new();
            for _ in 0..most {
                let Ok((mut near, _)) = listener.accept().await else { break };
                let database = database.clone();
                connections.spawn(async move {
                    let mut far = TcpStream::connect(database).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                });
            }
            drop(listener);
            while connections.join_next().await.is_some() {}
        });
    }

    pub(crate) async fn close(&mut self) {
        self.connections.shutdown().await;
    }
}

/// A record in Kafka.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) key: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) payload: serde_json::Value,
}

impl Record {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// Reads the next `count` records.
pub(crate) async fn read(reader: &StreamConsumer, count: usize) -> Vec<Record> {
    let mut records = Vec::new();
    while records.len() < count {
        let next = tokio::time::timeout(Duration::from_secs(30), reader.recv()).await;
        let message = next.unwrap_or_else(|_| panic!("there are only {records:?}")).unwrap();
        let text = |bytes: Option<&[u8]>| String::from_utf8(bytes.unwrap().to_vec()).unwrap();
        let headers = message.headers().unwrap().iter();
        records.push(Record {
            key: text(message.key()),
            headers: headers.map(|h| (h.key.to_owned(), text(h.value))).collect(),
            payload: serde_json::from_slice(message.payload().unwrap()).unwrap(),
        });
    }
    records
}

/// A connection in the role of the administrator.
pub(crate) async fn admin() -> AsyncPgConnection {
    AsyncPgConnection::establish(&testkit::setting("DATABASE_URL")).await.unwrap()
}

/// A new schema and a pool for it.
pub(crate) async fn pool(pool_size: usize) -> (TestDb, Db) {
    let schema = TestDb::new(Notes::NAME, notes::MIGRATIONS).await;
    let db = Db::new(Notes::NAME, &schema.config(pool_size)).unwrap();
    (schema, db)
}
