//! The SMTP conversation, command by command, so that a failure tells how far the mail had come.

use std::{
    net::SocketAddr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kit::http::health::Status;
use lettre::{
    Address,
    transport::smtp::{
        Error as SmtpError,
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt, Rset},
        extension::ClientId,
        response::Response,
    },
};
use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, timeout},
};

/// Time to connect, greet and agree on TLS.
const CONNECT: Duration = Duration::from_secs(10);
/// Time for the answer to one command.
const COMMAND: Duration = Duration::from_secs(30);
/// Time for the answer to the whole message; scanners in front of a mailbox take long.
const MESSAGE: Duration = Duration::from_mins(2);
/// A connection idle for longer is not used again: servers hang up.
const IDLE: Duration = Duration::from_secs(20);
/// Most idle connections kept.
const MAX_IDLE: usize = 8;

/// How far a mail had come when something failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// No conversation yet.
    Connect,
    /// Envelope, up to the answer to DATA: no server has the mail.
    Envelope,
    /// The text is being sent: without an answer the outcome is unknown.
    Text,
}

/// Why a mail was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The relay itself is away; says nothing about this mail.
    Unreachable,
    /// The relay answered no. `permanent`: 5xx.
    Refused {
        /// SMTP reply code.
        code: u16,
        /// Whether trying again is pointless.
        permanent: bool,
    },
    /// The line broke before the text was sent: surely not delivered.
    NotSent,
    /// The connection broke after the text was sent and before the answer: the outcome is unknown.
    Lost,
}

/// What a failure means, from the reply code (if there was an answer) and the phase. A server that answers no, whenever,
/// has not taken the mail.
pub fn judge(phase: Phase, code: Option<u16>) -> Failure {
    match (phase, code) {
        (Phase::Connect, _) => Failure::Unreachable,
        (_, Some(code)) if code >= 400 => Failure::Refused { code, permanent: code >= 500 },
        (Phase::Envelope, _) => Failure::NotSent,
        (Phase::Text, _) => Failure::Lost,
    }
}

/// Where mail is handed over.
#[derive(Debug, Clone)]
pub enum Target {
    /// The catcher on this machine.
    Catcher(SocketAddr),
    /// A relay that takes over delivery, with STARTTLS.
    Relay {
        /// Its name, as its certificate has it.
        host: String,
        /// Its port.
        port: u16,
    },
}

/// The way to the relay, with its idle connections.
pub struct Relay {
    target: Target,
    hello: ClientId,
    tls: Option<TlsParameters>,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
    /// Whether the last attempt to connect failed.
    unreachable: AtomicBool,
}

/// A connection whose server has taken the envelope and waits for the text.
pub struct Ready(AsyncSmtpConnection);

impl Relay {
    /// Makes the way; connects when first used.
    pub fn new(target: Target, domain: &str) -> anyhow::Result<Self> {
        let tls = match &target {
            Target::Catcher(_) => None,
            Target::Relay { host, .. } => Some(TlsParameters::new(host.clone())?),
        };
        let hello = ClientId::Domain(domain.to_owned());
        let (idle, unreachable) = (Mutex::default(), AtomicBool::new(false));
        Ok(Self { target, hello, tls, idle, unreachable })
    }

    /// As the last attempt to connect found it. While mails wait, there is one every few seconds; without mails, nothing
    /// is delayed, and a relay of somebody else is not asked for nothing.
    pub fn status(&self) -> Status {
        if self.unreachable.load(Ordering::Relaxed) {
            return Status::Degraded("it could not be reached".to_owned());
        }
        Status::Ok
    }

    /// MAIL and RCPT. An idle connection that has died meanwhile is replaced by a new one.
    pub async fn begin(&self, from: &Address, to: &Address) -> Result<Ready, Failure> {
        while let Some(connection) = self.take_idle() {
            match self.envelope(connection, from, to).await {
                Err(Failure::NotSent | Failure::Refused { code: 421, .. }) => {}
                answered => return answered,
            }
        }
        let connection = self.connect().await?;
        self.envelope(connection, from, to).await
    }

    /// DATA and the text. `Ok` is the server's reply code: it has taken over.
    pub async fn finish(&self, ready: Ready, message: &[u8]) -> Result<u16, Failure> {
        let mut connection = ready.0;
        if let Err(failure) = command(&mut connection, Data).await {
            self.keep_if_polite(connection, &failure).await;
            return Err(failure);
        }
        // The client library ends the text with a CRLF of its own before the dot.
        let text = message.strip_suffix(b"\r\n").unwrap_or(message);
        match timeout(MESSAGE, connection.message(text)).await {
            Ok(Ok(response)) => {
                self.keep(connection);
                Ok(u16::from(response.code()))
            }
            Ok(Err(error)) => {
                let failure = judge(Phase::Text, code(&error));
                self.keep_if_polite(connection, &failure).await;
                Err(failure)
            }
            Err(_elapsed) => Err(Failure::Lost),
        }
    }

    /// The mail is not to be sent after all.
    pub async fn abandon(&self, ready: Ready) {
        let mut connection = ready.0;
        if command(&mut connection, Rset).await.is_ok() {
            self.keep(connection);
        }
    }

    async fn envelope(
        &self,
        mut connection: AsyncSmtpConnection,
        from: &Address,
        to: &Address,
    ) -> Result<Ready, Failure> {
        let mail = Mail::new(Some(from.clone()), Vec::new());
        let rcpt = Rcpt::new(to.clone(), Vec::new());
        let mut outcome = command(&mut connection, mail).await;
        if outcome.is_ok() {
            outcome = command(&mut connection, rcpt).await;
        }
        match outcome {
            Ok(_accepted) => Ok(Ready(connection)),
            Err(failure) => {
                self.keep_if_polite(connection, &failure).await;
                Err(failure)
            }
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let connected = match timeout(CONNECT, self.open()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => {
                tracing::warn!(error = format!("{error:#}"), "mail relay unreachable");
                Err(Failure::Unreachable)
            }
            Err(_elapsed) => {
                tracing::warn!("mail relay did not answer");
                Err(Failure::Unreachable)
            }
        };
        self.unreachable.store(connected.is_err(), Ordering::Relaxed);
        connected
    }

    async fn open(&self) -> anyhow::Result<AsyncSmtpConnection> {
        let stream = match &self.target {
            Target::Catcher(addr) => TcpStream::connect(addr).await?,
            Target::Relay { host, port } => {
                let found: Vec<_> = lookup_host((host.as_str(), *port)).await?.collect();
                TcpStream::connect(found.as_slice()).await?
            }
        };
        // The text and its closing dot are two writes; without this each mail waits for a delayed acknowledgement.
        stream.set_nodelay(true)?;
        let mut connection =
            AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello).await?;
        if let Some(tls) = &self.tls {
            connection.starttls(tls.clone(), &self.hello).await?;
        }
        Ok(connection)
    }

    fn take_idle(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(_, since)| since.elapsed() < IDLE);
        idle.pop().map(|(connection, _)| connection)
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE {
            idle.push((connection, Instant::now()));
        }
    }

    /// After a refusal the conversation can go on; after 421 or a broken line it cannot.
    async fn keep_if_polite(&self, mut connection: AsyncSmtpConnection, failure: &Failure) {
        let polite = matches!(failure, Failure::Refused { code, .. } if *code != 421);
        if polite && command(&mut connection, Rset).await.is_ok() {
            self.keep(connection);
        }
    }
}

async fn command(
    connection: &mut AsyncSmtpConnection,
    command: impl std::fmt::Display,
) -> Result<Response, Failure> {
    match timeout(COMMAND, connection.command(command)).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(judge(Phase::Envelope, code(&error))),
        Err(_elapsed) => Err(Failure::NotSent),
    }
}

fn code(error: &SmtpError) -> Option<u16> {
    error.status().map(u16::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_silence_after_the_text_leaves_it_open_what_happened() {
        let table = [
            (Phase::Connect, None, Failure::Unreachable),
            (Phase::Connect, Some(554), Failure::Unreachable),
            (Phase::Envelope, None, Failure::NotSent),
            (Phase::Envelope, Some(450), Failure::Refused { code: 450, permanent: false }),
            (Phase::Envelope, Some(550), Failure::Refused { code: 550, permanent: true }),
            (Phase::Text, Some(451), Failure::Refused { code: 451, permanent: false }),
            (Phase::Text, Some(554), Failure::Refused { code: 554, permanent: true }),
            (Phase::Text, None, Failure::Lost),
        ];
        for (phase, code, failure) in table {
            assert_eq!(judge(phase, code), failure, "{phase:?} {code:?}");
        }
    }
}
