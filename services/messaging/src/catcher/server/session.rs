//! One SMTP session of the catcher (RFC 5321, PIPELINING, 8BITMIME, SIZE).

use std::{sync::Arc, time::Duration};

use smtp_proto::{Error, Request, request::receiver::DataReceiver};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::catcher::file::{Envelope, Spool};

/// Largest message, in bytes.
const MAX_MESSAGE: usize = 10 * 1024 * 1024;
/// Longest command line, in bytes.
const MAX_LINE: usize = 2048;
/// Most recipients of one email.
const MAX_RECIPIENTS: usize = 100;
/// Bytes read at once.
const CHUNK: usize = 16 * 1024;
/// A client that is silent for longer is disconnected.
const IDLE_TIMEOUT: Duration = Duration::from_mins(5);

const EHLO: &str = "250-folkmoot-catcher\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 10485760\r\n";
const OK: &str = "250 2.0.0 ok\r\n";

pub(super) struct Session {
    stream: TcpStream,
    spool: Arc<Spool>,
    /// Bytes received and not yet processed; a pipelining client does not wait for replies.
    buffer: Vec<u8>,
    envelope: Option<Envelope>,
}

/// What a command leads to.
enum Step {
    Reply(&'static str),
    Receive,
    Quit,
}

impl Session {
    pub(super) fn new(stream: TcpStream, spool: Arc<Spool>) -> Self {
        Self { stream, spool, buffer: Vec::new(), envelope: None }
    }

    pub(super) async fn run(mut self) -> anyhow::Result<()> {
        self.reply("220 folkmoot-catcher ESMTP\r\n").await?;
        while let Some(line) = self.line().await? {
            match self.step(&line) {
                Step::Reply(text) => self.reply(text).await?,
                Step::Receive => {
                    self.reply("354 go on\r\n").await?;
                    self.receive().await?;
                }
                Step::Quit => {
                    self.reply("221 2.0.0 bye\r\n").await?;
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn step(&mut self, line: &[u8]) -> Step {
        match Request::parse(&mut line.iter()) {
            Ok(Request::Ehlo { .. }) => {
                self.envelope = None;
                Step::Reply(EHLO)
            }
            Ok(Request::Helo { .. }) => {
                self.envelope = None;
                Step::Reply("250 folkmoot-catcher\r\n")
            }
            Ok(Request::Mail { from }) if from.size > MAX_MESSAGE => {
                Step::Reply("552 5.3.4 too large\r\n")
            }
            Ok(Request::Mail { from }) if self.envelope.is_none() => {
                let from = from.address.into_owned();
                self.envelope = Some(Envelope { from, to: Vec::new() });
                Step::Reply(OK)
            }
            Ok(Request::Rcpt { to }) => match &mut self.envelope {
                Some(envelope) if envelope.to.len() < MAX_RECIPIENTS => {
                    envelope.to.push(to.address.into_owned());
                    Step::Reply(OK)
                }
                Some(_) => Step::Reply("452 4.5.3 too many recipients\r\n"),
                None => Step::Reply("503 5.5.1 MAIL first\r\n"),
            },
            Ok(Request::Data) => match &self.envelope {
                Some(envelope) if !envelope.to.is_empty() => Step::Receive,
                _ => Step::Reply("503 5.5.1 MAIL and RCPT first\r\n"),
            },
            Ok(Request::Rset) => {
                self.envelope = None;
                Step::Reply(OK)
            }
            Ok(Request::Noop { .. }) => Step::Reply(OK),
            Ok(Request::Quit) => Step::Quit,
            Ok(Request::Mail { .. }) => Step::Reply("503 5.5.1 one mail at a time\r\n"),
            Ok(_) | Err(Error::UnknownCommand) => Step::Reply("502 5.5.1 not here\r\n"),
            Err(_) => Step::Reply("501 5.5.4 syntax\r\n"),
        }
    }

    async fn receive(&mut self) -> anyhow::Result<()> {
        let (mut receiver, mut message) = (DataReceiver::new(), Vec::new());
        let mut too_large = false;
        loop {
            let mut bytes = self.buffer.iter();
            let is_complete = receiver.ingest(&mut bytes, &mut message);
            self.buffer = bytes.as_slice().to_vec();
            if message.len() > MAX_MESSAGE {
                too_large = true;
                message.clear();
            }
            if is_complete {
                break;
            }
            anyhow::ensure!(self.read().await?, "the client disconnected within a message");
        }
        let envelope = self.envelope.take().unwrap_or_default();
        if too_large {
            return self.reply("552 5.3.4 too large\r\n").await;
        }
        let spool = self.spool.clone();
        match tokio::task::spawn_blocking(move || spool.save(&envelope, &message)).await? {
            Ok(()) => self.reply("250 2.0.0 caught\r\n").await,
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "failed to store a caught email");
                self.reply("451 4.3.0 could not be kept\r\n").await
            }
        }
    }

    /// The next command line with its end; `None` when the client has disconnected.
    async fn line(&mut self) -> anyhow::Result<Option<Vec<u8>>> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let rest = self.buffer.split_off(end + 1);
                return Ok(Some(std::mem::replace(&mut self.buffer, rest)));
            }
            anyhow::ensure!(self.buffer.len() < MAX_LINE, "a command line is too long");
            if !self.read().await? {
                return Ok(None);
            }
        }
    }

    async fn read(&mut self) -> anyhow::Result<bool> {
        self.buffer.reserve(CHUNK);
        let length = timeout(IDLE_TIMEOUT, self.stream.read_buf(&mut self.buffer)).await??;
        Ok(length > 0)
    }

    async fn reply(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(self.stream.write_all(text.as_bytes()).await?)
    }
}
