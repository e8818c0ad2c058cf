//! One SMTP conversation of the catcher (RFC 5321, PIPELINING, 8BITMIME, SIZE).

use std::{borrow::Cow, sync::Arc, time::Duration};

use smtp_proto::{Error, Request, request::receiver::DataReceiver};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::spool::{Envelope, Spool};

/// Largest message, in bytes.
const MAX_MESSAGE: usize = 10 * 1024 * 1024;
/// Longest command line.
const MAX_LINE: usize = 2048;
/// Most recipients of one mail.
const MAX_RECIPIENTS: usize = 100;
/// Bytes read at once.
const CHUNK: usize = 16 * 1024;
/// A silent client is left after this.
const SILENCE: Duration = Duration::from_mins(5);

const EHLO: &str = "250-folkmoot-catcher\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 10485760\r\n";
const OK: &str = "250 2.0.0 ok\r\n";

pub(super) struct Session {
    stream: TcpStream,
    spool: Arc<Spool>,
    /// Bytes that came and are not yet understood; a pipelining client is ahead of us.
    ahead: Vec<u8>,
    envelope: Option<Envelope>,
}

enum Step {
    Say(Cow<'static, str>),
    Receive,
    Leave,
}

impl Session {
    pub(super) fn new(stream: TcpStream, spool: Arc<Spool>) -> Self {
        Self { stream, spool, ahead: Vec::new(), envelope: None }
    }

    pub(super) async fn run(mut self) -> anyhow::Result<()> {
        self.say("220 folkmoot-catcher ESMTP\r\n").await?;
        while let Some(line) = self.line().await? {
            match self.step(&line) {
                Step::Say(text) => self.say(&text).await?,
                Step::Receive => {
                    self.say("354 go on\r\n").await?;
                    self.receive().await?;
                }
                Step::Leave => {
                    self.say("221 2.0.0 bye\r\n").await?;
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn step(&mut self, line: &[u8]) -> Step {
        let say = |text: &'static str| Step::Say(Cow::Borrowed(text));
        match Request::parse(&mut line.iter()) {
            Ok(Request::Ehlo { .. }) => {
                self.envelope = None;
                say(EHLO)
            }
            Ok(Request::Helo { .. }) => {
                self.envelope = None;
                say("250 folkmoot-catcher\r\n")
            }
            Ok(Request::Mail { from }) if from.size > MAX_MESSAGE => say("552 5.3.4 too large\r\n"),
            Ok(Request::Mail { from }) if self.envelope.is_none() => {
                let from = from.address.into_owned();
                self.envelope = Some(Envelope { from, to: Vec::new() });
                say(OK)
            }
            Ok(Request::Rcpt { to }) => match &mut self.envelope {
                Some(envelope) if envelope.to.len() < MAX_RECIPIENTS => {
                    envelope.to.push(to.address.into_owned());
                    say(OK)
                }
                Some(_) => say("452 4.5.3 too many recipients\r\n"),
                None => say("503 5.5.1 MAIL first\r\n"),
            },
            Ok(Request::Data) => match &self.envelope {
                Some(envelope) if !envelope.to.is_empty() => Step::Receive,
                _ => say("503 5.5.1 MAIL and RCPT first\r\n"),
            },
            Ok(Request::Rset) => {
                self.envelope = None;
                say(OK)
            }
            Ok(Request::Noop { .. }) => say(OK),
            Ok(Request::Quit) => Step::Leave,
            Ok(Request::Mail { .. }) => say("503 5.5.1 one mail at a time\r\n"),
            Ok(_) | Err(Error::UnknownCommand) => say("502 5.5.1 not here\r\n"),
            Err(_) => say("501 5.5.4 syntax\r\n"),
        }
    }

    async fn receive(&mut self) -> anyhow::Result<()> {
        let (mut receiver, mut message) = (DataReceiver::new(), Vec::new());
        let mut too_large = false;
        loop {
            let mut bytes = self.ahead.iter();
            let ended = receiver.ingest(&mut bytes, &mut message);
            let rest = bytes.as_slice().to_vec();
            self.ahead = rest;
            if message.len() > MAX_MESSAGE {
                too_large = true;
                message.clear();
            }
            if ended {
                break;
            }
            anyhow::ensure!(self.read().await?, "the client left in its message");
        }
        let envelope = self.envelope.take().unwrap_or_default();
        if too_large {
            return self.say("552 5.3.4 too large\r\n").await;
        }
        let spool = self.spool.clone();
        let kept = tokio::task::spawn_blocking(move || spool.keep(&envelope, &message)).await?;
        match kept {
            Ok(()) => self.say("250 2.0.0 caught\r\n").await,
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "failed to store a caught email");
                self.say("451 4.3.0 could not be kept\r\n").await
            }
        }
    }

    /// The next command line with its end; `None` when the client has left.
    async fn line(&mut self) -> anyhow::Result<Option<Vec<u8>>> {
        loop {
            if let Some(end) = self.ahead.iter().position(|byte| *byte == b'\n') {
                let rest = self.ahead.split_off(end + 1);
                return Ok(Some(std::mem::replace(&mut self.ahead, rest)));
            }
            anyhow::ensure!(self.ahead.len() < MAX_LINE, "a command line is too long");
            if !self.read().await? {
                return Ok(None);
            }
        }
    }

    async fn read(&mut self) -> anyhow::Result<bool> {
        self.ahead.reserve(CHUNK);
        let length = timeout(SILENCE, self.stream.read_buf(&mut self.ahead)).await??;
        Ok(length > 0)
    }

    async fn say(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(self.stream.write_all(text.as_bytes()).await?)
    }
}
