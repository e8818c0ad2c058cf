//! Requests and background work in processes of their own.

use std::{sync::atomic::Ordering::Relaxed, time::Duration};

use diesel::{QueryableByName, sql_query, sql_types};
use kit::{
    config::Env,
    db::{Conn, DbError},
    events::outbox,
    http::routes::Routes,
    jobs::Jobs,
    service::{self, Kit, Service},
};
use serde_json::Value;
use testkit::wait::eventually;
use tokio::net::TcpStream;

use crate::{
    notes::{NoteWritten, insert},
    support::{Replica, Shared},
};

async fn checks(replica: &Replica) -> Vec<String> {
    let http = kit::client::plain::build(Duration::from_secs(10)).unwrap();
    let admin = replica.running.as_ref().unwrap().admin_addr;
    let response = http.get(format!("http://{admin}/readyz")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let body: Value = response.json().await.unwrap();
    body["checks"].as_object().unwrap().keys().cloned().collect()
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = sql_types::BigInt)]
    rows: i64,
}

/// Events that are not yet published.
async fn waiting(shared: &Shared) -> i64 {
    use diesel_async::RunQueryDsl as _;

    let mut worker = shared.db.as_worker("notes").await;
    let count = sql_query("SELECT count(*) AS rows FROM outbox");
    let rows: Vec<Count> = count.load(&mut worker).await.unwrap();
    rows[0].rows
}

/// Writes a note and its event in one transaction, as the handler of a request does.
async fn write_note(replica: &Replica) {
    let app = replica.app();
    let (id, tenant_id) = (app.kit.ids.next(), app.kit.ids.next());
    let write = async |conn: &mut Conn| -> Result<(), DbError> {
        insert(conn, id, tenant_id, "a note").await?;
        let written = NoteWritten { note_id: id, number: 1 };
        outbox::push(conn, app.kit.ids.next(), tenant_id, &written).await
    };
    app.db.tx("note.create", tenant_id, write).await.unwrap();
    app.kit.relay.wake();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_serves_without_background_work_which_a_worker_does_without_a_port() {
    let shared = Shared::new().await;
    // An api talks to Kafka in no way, so it need not know where it is.
    let api = shared.replica_with(&[("FOLKMOOT_ROLE", "api"), ("KAFKA_BROKERS", "")]).await;
    let address = api.running.as_ref().unwrap().addr;
    TcpStream::connect(address).await.unwrap();
    assert_eq!(checks(&api).await, ["postgres"]);
    write_note(&api).await;
    // It keeps itself up to date, which takes longer here than a relay's poll, and does nothing else.
    eventually("jobs of every process", async || {
        (api.app().everywhere.load(Relaxed) > 20).then_some(())
    })
    .await;
    assert_eq!((api.app().leased.load(Relaxed), api.app().woken.load(Relaxed)), (0, 0));
    assert_eq!(waiting(&shared).await, 1, "no relay runs");

    // The port of a worker stays closed, so it may be another's: here that of the api.
    let listen = address.to_string();
    let settings = [("FOLKMOOT_ROLE", "worker"), ("FOLKMOOT_NOTES_LISTEN", &listen)];
    let worker = shared.replica_with(&settings).await;
    assert_eq!(checks(&worker).await, ["kafka", "postgres"]);
    eventually("the relay", async || (waiting(&shared).await == 0).then_some(())).await;
    let app = worker.app();
    eventually("all jobs", async || {
        let runs = [&app.leased, &app.woken, &app.everywhere].map(|runs| runs.load(Relaxed));
        runs.iter().all(|runs| *runs > 0).then_some(())
    })
    .await;
    api.stop().await;
    TcpStream::connect(address).await.unwrap_err();
    worker.stop().await;
}

/// A service whose only job keeps its own memory up to date.
struct Lookup;

impl Service for Lookup {
    const NAME: &'static str = "lookup";
    const PORT: u16 = 0;
    type Config = ();
    type App = ();

    fn config(_env: &mut Env) {}

    async fn build((): (), _kit: Kit) -> anyhow::Result<()> {
        Ok(())
    }

    fn routes() -> Routes {
        Routes::new()
    }

    fn jobs() -> Jobs<()> {
        Jobs::new().every_replica(Duration::from_hours(1), "reload", async |()| Ok(()))
    }
}

#[test]
fn a_worker_without_work_and_an_unknown_role_are_errors_of_the_configuration() {
    let errors = |role: &str| {
        let mut env = Env::from_pairs([("FOLKMOOT_ROLE", role)]);
        service::check_config::<Lookup>(&mut env);
        env.finish().unwrap_err().to_string()
    };
    let refused = "FOLKMOOT_ROLE: lookup has no background work, so it cannot be a worker";
    assert!(errors("worker").contains(refused), "{}", errors("worker"));
    assert!(!errors("api").contains("FOLKMOOT_ROLE"));
    assert!(errors("workers").contains("FOLKMOOT_ROLE: must be both, api or worker"));
}
