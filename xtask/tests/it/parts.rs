//! One test per part, on its own folder and port.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use xtask::stack::{Kafka, Postgres, Redis, kafka, port, postgres, redis};

#[test]
fn postgres_keeps_what_was_committed_before_it_was_killed() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("postgres");
    let mut postgres = Postgres::start(&home, port::free().unwrap()).unwrap();
    postgres.sql("create table kept (n int); insert into kept values (42)").unwrap();
    let first = postgres.pid();

    postgres.kill9().unwrap();
    assert!(!postgres::answers(postgres.port()));
    postgres.restart().unwrap();

    assert_ne!(postgres.pid(), first);
    assert_eq!(postgres.sql("select n from kept").unwrap().trim(), "42");
    let port = postgres.port();
    drop(postgres);
    assert!(!postgres::answers(port));
    postgres::remove(&home).unwrap();
}

#[test]
fn postgres_starts_below_a_folder_that_only_we_can_enter() {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let home = dir.path().join("postgres");

    let first = Postgres::start(&home, port::free().unwrap()).unwrap();
    first.sql("create table kept (n int); insert into kept values (42)").unwrap();
    drop(first);
    let second = Postgres::start(&home, port::free().unwrap()).unwrap();

    assert_eq!(second.sql("select n from kept").unwrap().trim(), "42");
    let elsewhere = fs::canonicalize(&home).unwrap();
    drop(second);
    postgres::remove(&home).unwrap();
    assert!(!elsewhere.exists());
}

#[test]
fn redis_keeps_what_was_written_before_it_was_killed() {
    let dir = tempfile::tempdir().unwrap();
    let mut redis = Redis::start(dir.path(), port::free().unwrap()).unwrap();
    assert_eq!(ask_redis(redis.port(), "SET kept 42"), "+OK");

    redis.kill9().unwrap();
    assert!(!redis::answers(redis.port()));
    redis.restart().unwrap();

    assert_eq!(ask_redis(redis.port(), "INCR kept"), ":43");
    let port = redis.port();
    drop(redis);
    assert!(!redis::answers(port));
}

#[test]
fn kafka_starts_again_on_its_own_data_after_it_was_killed() {
    let dir = tempfile::tempdir().unwrap();
    let mut kafka = Kafka::start(dir.path(), port::free().unwrap()).unwrap();
    let cluster = cluster_id(&kafka.data_dir());

    kafka.kill9().unwrap();
    assert!(!kafka::answers(kafka.port()));
    kafka.restart().unwrap();

    assert!(kafka::answers(kafka.port()));
    assert_eq!(cluster_id(&kafka.data_dir()), cluster);
    let port = kafka.port();
    drop(kafka);
    assert!(!kafka::answers(port));
}

#[test]
fn a_part_that_runs_already_is_taken_over_and_not_started_twice() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = Redis::start(dir.path(), port::free().unwrap()).unwrap();
    first.detach();
    let (pid, port) = (first.pid(), first.port());
    drop(first);

    let second = Redis::start(dir.path(), port).unwrap();
    assert_eq!(second.pid(), pid);
}

fn cluster_id(data: &Path) -> String {
    fs::read_to_string(data.join("meta.properties")).unwrap()
}

fn ask_redis(port: u16, command: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(format!("{command}\r\n").as_bytes()).unwrap();
    let mut reply = [0; 64];
    let length = stream.read(&mut reply).unwrap();
    String::from_utf8_lossy(&reply[..length]).trim().to_owned()
}
