//! A relay with a failure: it stands where the mail catcher was, and passes on to another catcher what it does not spoil.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use anyhow::Context as _;

use super::watch::Watch;
use crate::stack::port;
use crate::stack::process::Process;
use crate::up::commands;

/// What is wrong with it.
#[derive(Clone, Copy)]
pub(super) enum Failure {
    /// 550 to every RCPT.
    RefusesRecipients,
    /// The connection ends after the final dot, before the reply, unless a recipient has this text.
    BreaksAfterText { except: &'static str },
}

/// Runs until it is dropped.
pub(super) struct Relay {
    port: u16,
    has_stopped: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
    _catcher: Process,
}

impl Relay {
    pub(super) fn start(watch: &Watch<'_>, failure: Failure) -> anyhow::Result<Self> {
        let behind = port::free()?;
        let folder = watch.run.at("mail");
        let mut command = watch.suite.command(commands::catch_mail(behind, &folder));
        let catcher = Process::spawn("catch-mail", &mut command, &watch.run.log("alerts"))?;
        let port = watch.ports.mail;
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).context("the relay's port is taken")?;
        let has_stopped = Arc::<AtomicBool>::default();
        let stopped = has_stopped.clone();
        let accepting = thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                // A connection that breaks is what this is for.
                thread::spawn(move || pass(&client, behind, failure));
            }
        });
        Ok(Self { port, has_stopped, accepting: Some(accepting), _catcher: catcher })
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.has_stopped.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

/// Passes lines on, in both directions, until one side ends or the failure does.
fn pass(client: &TcpStream, behind: u16, failure: Failure) -> std::io::Result<()> {
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, behind))?;
    let (mut replies, mut to_client) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || std::io::copy(&mut replies, &mut to_client));
    let outcome = pass_lines(client, &server, failure);
    let _ = server.shutdown(Shutdown::Both);
    let _ = client.shutdown(Shutdown::Both);
    outcome
}

fn pass_lines(
    mut client: &TcpStream,
    mut server: &TcpStream,
    failure: Failure,
) -> std::io::Result<()> {
    let (mut in_text, mut is_spared) = (false, false);
    for line in BufReader::new(client).split(b'\n') {
        let line = line?;
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        let is_recipient = !in_text && text.starts_with("RCPT TO:");
        match failure {
            Failure::RefusesRecipients if is_recipient => {
                client.write_all(b"550 5.1.1 refused\r\n")?;
                continue;
            }
            Failure::BreaksAfterText { .. } if in_text && text == "." && !is_spared => {
                return Ok(());
            }
            Failure::BreaksAfterText { except } if is_recipient => {
                is_spared = text.contains(except);
            }
            _ => {}
        }
        in_text = if in_text { text != "." } else { text == "DATA" };
        server.write_all(&[line.as_slice(), b"\n"].concat())?;
    }
    Ok(())
}
