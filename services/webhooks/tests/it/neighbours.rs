//! Receivers that hang, go away or are killed in the middle: what that means for others, and for later attempts.

use chrono::TimeDelta;
use testkit::{sql::count, wait::eventually};
use tokio::{io::AsyncWriteExt as _, net::TcpListener};

use crate::{receiver::Receiver, support};

const CONFIRMED: &str = "campaign.action.confirmed";

/// More endpoints hang than had places at once before each had its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endpoints_that_hang_delay_no_other_endpoint() {
    const TENANTS: usize = 12;
    const HANGING: usize = 4;
    // Connections wait in the kernel's queue: nobody accepts them.
    let hanging = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let hanging = format!("http://{}", hanging.local_addr().unwrap());
    let receiver = Receiver::start(&[]);
    let origins = format!("{hanging},http://127.0.0.1:{}", receiver.port);
    let app = support::start_with_origins(&origins).await;
    let mut callers = Vec::new();
    for _ in 0..TENANTS {
        let caller = support::partner(&app);
        for _ in 0..HANGING {
            support::register(&caller, &hanging, &[CONFIRMED]).await;
        }
        support::register(&caller, &receiver.url(), &[CONFIRMED]).await;
        callers.push(caller);
    }
    let healthy = async {
        for round in 1..=3 {
            for caller in &callers {
                app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();
            }
            let all = || (receiver.seen().len() == round * TENANTS).then_some(());
            eventually("the healthy deliveries", async || all()).await;
        }
    };
    let sending = async {
        loop {
            app.run_job("deliveries.send").await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = sending => {}
        () = healthy => {}
    }
    let mut worker = app.db.as_ref().unwrap().as_worker("webhooks").await;
    let failed = "SELECT count(*) FROM attempts WHERE error IS NOT NULL";
    assert_eq!(count(&mut worker, failed).await, 0, "the others still hang");
}

/// Each held its own delivery and waited for the other's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_responses_410_at_once_are_both_recorded() {
    const ENDPOINTS: usize = 10;
    let mut script = vec![(204, vec![]); ENDPOINTS];
    script.extend(vec![(410, vec![]); 2 * ENDPOINTS]);
    let receiver = Receiver::start(&script);
    let app = support::start_with(&receiver).await;
    let caller = support::partner(&app);
    for _ in 0..ENDPOINTS {
        support::register(&caller, &receiver.url(), &[CONFIRMED]).await;
    }
    app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();
    support::send(&app).await;
    for _ in 0..2 {
        app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();
    }
    support::send(&app).await;
    assert_eq!(receiver.seen().len(), 3 * ENDPOINTS, "both are sent at once");
    let mut worker = app.db.as_ref().unwrap().as_worker("webhooks").await;
    let recorded = count(&mut worker, "SELECT count(*) FROM attempts").await;
    assert_eq!(usize::try_from(recorded).unwrap(), 3 * ENDPOINTS);
}

/// Ten senders die before the receiver responds. None of that is a try: the first real failure is the first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_without_an_outcome_does_not_count() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (app, caller) = support::queued_for(&listener).await;
    for _ in 0..10 {
        tokio::select! {
            ended = app.run_job("deliveries.send") => panic!("the receiver never responds: {ended:?}"),
            accepted = listener.accept() => drop(accepted.unwrap()),
        }
        app.clock.advance(TimeDelta::seconds(61));
    }
    let respond = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        let response = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n";
        socket.write_all(response).await.unwrap();
        socket
    };
    let (sent, _socket) = tokio::join!(app.run_job("deliveries.send"), respond);
    sent.unwrap();
    let caller = support::again(&app, &caller);
    let delivery = &support::deliveries(&caller).await[0];
    assert_eq!(
        (delivery["state"].as_str(), delivery["tries"].as_i64()),
        (Some("retrying"), Some(1))
    );
}
