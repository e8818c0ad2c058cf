//! Measurements, run by hand: `cargo test -p messaging --release -- --ignored --nocapture`.

use std::time::Instant;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{Catch, SEND, Supporter, app};

const EMAILS: u32 = 1200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, run by hand"]
async fn emails_per_second_from_the_ledger_to_the_disk() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let supporter = Supporter::new(&app).await;
    for _ in 0..EMAILS {
        supporter.message(&app).await;
    }
    let started = Instant::now();
    while catch.emails().len() < usize::try_from(EMAILS).unwrap() {
        app.run_job(SEND).await.unwrap();
    }
    let seconds = started.elapsed().as_secs_f64();
    eprintln!("{EMAILS} emails in {seconds:.2} s: {:.0}/s", f64::from(EMAILS) / seconds);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, run by hand"]
async fn emails_per_second_into_the_catcher() {
    const CONNECTIONS: usize = 8;
    const EACH: usize = 300;
    let catch = Catch::start().await;
    let text = "Subject: x\r\n\r\n".to_owned() + &"A line of a letter.\r\n".repeat(100);
    let one = format!("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n{text}.\r\n");
    let all = format!("EHLO x\r\n{}QUIT\r\n", one.repeat(EACH));
    let started = Instant::now();
    let clients = (0..CONNECTIONS).map(|_| async {
        let (mut read, mut write) = TcpStream::connect(catch.addr).await.unwrap().into_split();
        let mut answers = String::new();
        let (sent, read) =
            tokio::join!(write.write_all(all.as_bytes()), read.read_to_string(&mut answers));
        sent.unwrap();
        read.unwrap();
        assert_eq!(answers.matches("caught").count(), EACH);
    });
    futures_util::future::join_all(clients).await;
    let (emails, seconds) = (CONNECTIONS * EACH, started.elapsed().as_millis());
    eprintln!("{emails} emails in {seconds} ms");
}
