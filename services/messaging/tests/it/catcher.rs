//! The catcher by itself, spoken to in raw SMTP.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::Catch;

/// Says everything at once, as a pipelining client may, and gives all answers.
async fn talk(catch: &Catch, words: &str) -> String {
    let mut stream = TcpStream::connect(catch.addr).await.unwrap();
    stream.write_all(words.as_bytes()).await.unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).await.unwrap();
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pipelining_client_has_its_emails_kept_as_they_came() {
    let catch = Catch::start().await;
    let one = "MAIL FROM:<b+x@a.test> BODY=8BITMIME SIZE=99\r\nRCPT TO:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n\
               Subject: é\r\n\r\n..dot\r\n.\r\n";
    let answers = talk(&catch, &format!("EHLO x\r\n{one}NOOP\r\n{one}QUIT\r\n")).await;
    assert_eq!(answers.matches("250 2.0.0 caught").count(), 2, "{answers}");
    let emails = catch.emails();
    assert_eq!(emails.len(), 2);
    assert_eq!(emails[0].text(), "Subject: é\r\n\r\n.dot\r\n");
    assert_eq!(emails[0].envelope["x-envelope-from"], "b+x@a.test");
    assert_eq!(emails[0].envelope["x-envelope-to"][1], "c@d.test");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disorder_is_refused_and_an_unfinished_email_is_not_kept() {
    let catch = Catch::start().await;
    let answers =
        talk(&catch, "DATA\r\nRCPT TO:<a@b.test>\r\nMAIL FROM:<>\r\nDATA\r\nBLURB\r\nQUIT\r\n")
            .await;
    let codes: Vec<&str> = answers.lines().filter_map(|line| line.get(..3)).collect();
    assert_eq!(codes, ["220", "503", "503", "250", "503", "502", "221"], "{answers}");
    let answers = talk(&catch, "MAIL FROM:<x@y.test> SIZE=99999999\r\nQUIT\r\n").await;
    assert!(answers.contains("552"), "{answers}");
    let mut stream = TcpStream::connect(catch.addr).await.unwrap();
    let half = "EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<a@b.test>\r\nDATA\r\nSubject: half\r\n";
    stream.write_all(half.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).await.unwrap();
    assert!(catch.emails().is_empty());
}

#[tokio::test]
async fn it_listens_on_loopback_only() {
    let dir = tempfile::tempdir().unwrap();
    let listen = "0.0.0.0:0".parse().unwrap();
    assert!(messaging::catcher::Catcher::bind(listen, dir.path().into()).await.is_err());
}
