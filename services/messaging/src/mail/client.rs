//! The SMTP session with the relay, command by command, so that a failure shows how far it had come.

use std::{
    cell::Cell,
    iter,
    net::SocketAddr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use kit::{
    http::health::check::Status,
    telemetry::spans::{Span, SpanKind},
};
use lettre::{
    Address,
    transport::smtp::{
        Error as SmtpError,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters},
        commands::{Data, Mail, Rcpt, Rset},
        extension::ClientId,
        response::Response,
    },
};
use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, timeout},
};

use super::failure::{Failure, Phase};

/// Time to connect, greet and agree on TLS.
const CONNECT: Duration = Duration::from_secs(10);
/// Time for the reply to one command.
const COMMAND: Duration = Duration::from_secs(30);
/// Time for the reply to the whole message (RFC 5321, section 4.5.3.2.6): scanners in front of a mailbox take long.
const MESSAGE: Duration = Duration::from_mins(10);
/// A connection that was idle for longer is not used again: servers close it.
const IDLE: Duration = Duration::from_secs(20);
/// Most idle connections kept.
const MAX_IDLE: usize = 8;

/// How a password is given; both only after STARTTLS.
const MECHANISMS: &[Mechanism] = &[Mechanism::Plain, Mechanism::Login];

/// No trouble: it has accepted a sender.
const NONE: u16 = 0;
/// The last attempt to connect failed.
const UNREACHABLE: u16 = 1;

/// Where email is handed over.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// The catcher on this machine.
    Catcher(SocketAddr),
    /// A relay that accepts responsibility for delivery, with STARTTLS; its certificate must name the host and be signed
    /// by the authority, or by a public one if there is none.
    Relay {
        host: String,
        port: u16,
        authority: Option<Certificate>,
        /// If it asks for a password.
        credentials: Option<Credentials>,
    },
}

/// The relay, with its idle connections.
pub(crate) struct Relay {
    target: Target,
    hello: ClientId,
    tls: Option<TlsParameters>,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
    /// Why it takes no email from us: the code of its last refusal, or one of these.
    trouble: AtomicU16,
}

/// A connection whose server has accepted the envelope and waits for the text. Dropped, it ends, and so does the email.
pub(crate) struct Ready(AsyncSmtpConnection);

impl Relay {
    /// Connects when first used.
    pub(crate) fn new(target: Target, domain: &str) -> anyhow::Result<Self> {
        let tls = match &target {
            Target::Catcher(_) => None,
            Target::Relay { host, authority, .. } => Some(tls(host, authority.as_ref())?),
        };
        let hello = ClientId::Domain(domain.to_owned());
        let (idle, trouble) = (Mutex::default(), AtomicU16::new(NONE));
        Ok(Self { target, hello, tls, idle, trouble })
    }

    /// The result of the last attempt to connect, and to name a sender. While emails wait, there is one every few seconds;
    /// otherwise nothing is delayed, and somebody else's relay is not connected to without need.
    pub(crate) fn status(&self) -> Status {
        match self.trouble.load(Ordering::Relaxed) {
            NONE => Status::Ok,
            UNREACHABLE => Status::Degraded("it could not be reached".to_owned()),
            code => Status::Degraded(format!("it accepts no email from us: {code}")),
        }
    }

    /// The span of handing over one email.
    pub(crate) fn span(&self, service: &'static str) -> Span {
        let span = Span::child(service, SpanKind::Client, format_args!("smtp send"));
        let (host, port) = match &self.target {
            Target::Catcher(addr) => (addr.ip().to_string(), addr.port()),
            Target::Relay { host, port, .. } => (host.clone(), *port),
        };
        span.set("network.protocol.name", "smtp");
        span.set("server.address", host);
        span.set("server.port", i64::from(port));
        span
    }

    /// Sends MAIL, RCPT and DATA. An idle connection that has broken meanwhile is replaced by a new one.
    pub(crate) async fn begin(&self, from: &Address, to: &Address) -> Result<Ready, Failure> {
        while let Some(connection) = self.take_idle() {
            match self.envelope(connection, from, to).await {
                Err(Failure::NotSent | Failure::RelayRefused { code: 421 }) => {}
                result => return result,
            }
        }
        let connection = self.connect().await?;
        self.envelope(connection, from, to).await
    }

    /// Sends the text. `Ok` is the reply code of a server that has accepted responsibility.
    pub(crate) async fn finish(&self, ready: Ready, message: &[u8]) -> Result<u16, Failure> {
        let mut connection = ready.0;
        // The client library ends the text with a CRLF of its own before the dot.
        let text = message.strip_suffix(b"\r\n").unwrap_or(message);
        let is_written = Cell::new(false);
        // It asks for the next part once it has written the one before, and writes the dot when there is none.
        let parts = iter::once(text).chain(iter::from_fn(|| {
            is_written.set(true);
            None
        }));
        let result = timeout(MESSAGE, connection.message_iter(parts)).await;
        let phase = if is_written.get() { Phase::Dot } else { Phase::Text };
        match result {
            Ok(Ok(response)) => {
                self.keep(connection);
                Ok(u16::from(response.code()))
            }
            Ok(Err(error)) => Err(self.fail(connection, failure(phase, &error)).await),
            Err(_elapsed) => Err(Failure::new(phase, None)),
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
        let mut outcome = command(&mut connection, Phase::Relay, mail).await;
        if outcome.is_ok() {
            self.trouble.store(NONE, Ordering::Relaxed);
            outcome = command(&mut connection, Phase::Recipient, rcpt).await;
        }
        if outcome.is_ok() {
            outcome = command(&mut connection, Phase::Relay, Data).await;
        }
        match outcome {
            Ok(_accepted) => Ok(Ready(connection)),
            Err(failure) => Err(self.fail(connection, failure).await),
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let attempt = timeout(CONNECT, self.open()).await;
        let result = attempt.unwrap_or_else(|_elapsed| Err(anyhow::anyhow!("no reply in time")));
        let connection = result.map_err(|error| self.unreachable(&error))?;
        self.authenticate(connection).await
    }

    /// A password that is wrong is about us, not about an email.
    async fn authenticate(
        &self,
        mut connection: AsyncSmtpConnection,
    ) -> Result<AsyncSmtpConnection, Failure> {
        let Target::Relay { credentials: Some(credentials), .. } = &self.target else {
            return Ok(connection);
        };
        let attempt = timeout(COMMAND, connection.auth(MECHANISMS, credentials)).await;
        match attempt {
            Ok(Ok(_accepted)) => Ok(connection),
            Ok(Err(error)) if error.status().is_some() => {
                Err(self.fail(connection, failure(Phase::Relay, &error)).await)
            }
            Ok(Err(error)) => Err(self.unreachable(&error.into())),
            Err(elapsed) => Err(self.unreachable(&elapsed.into())),
        }
    }

    fn unreachable(&self, error: &anyhow::Error) -> Failure {
        self.trouble.store(UNREACHABLE, Ordering::Relaxed);
        tracing::warn!(error = format!("{error:#}"), "mail relay unreachable");
        Failure::new(Phase::Connect, None)
    }

    async fn open(&self) -> anyhow::Result<AsyncSmtpConnection> {
        let stream = match &self.target {
            Target::Catcher(addr) => TcpStream::connect(addr).await?,
            Target::Relay { host, port, .. } => {
                let addrs: Vec<_> = lookup_host((host.as_str(), *port)).await?.collect();
                TcpStream::connect(addrs.as_slice()).await?
            }
        };
        // The text and its closing dot are two writes; without this each email waits for a delayed acknowledgement.
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

    /// Keeps the connection if it can be used again: after the refusal of an email it can, otherwise it cannot.
    async fn fail(&self, connection: AsyncSmtpConnection, failure: Failure) -> Failure {
        match failure {
            Failure::Refused { .. } => self.reset(connection).await,
            Failure::RelayRefused { code } => {
                tracing::warn!(code, "mail relay refuses us");
                self.trouble.store(code, Ordering::Relaxed);
            }
            Failure::Unreachable | Failure::NotSent | Failure::Lost => {}
        }
        failure
    }

    async fn reset(&self, mut connection: AsyncSmtpConnection) {
        if command(&mut connection, Phase::Relay, Rset).await.is_ok() {
            self.keep(connection);
        }
    }
}

fn tls(host: &str, authority: Option<&Certificate>) -> Result<TlsParameters, SmtpError> {
    let mut parameters = TlsParameters::builder(host.to_owned());
    if let Some(authority) = authority {
        parameters = parameters
            .certificate_store(CertificateStore::None)
            .add_root_certificate(authority.clone());
    }
    parameters.build()
}

async fn command(
    connection: &mut AsyncSmtpConnection,
    phase: Phase,
    command: impl std::fmt::Display,
) -> Result<Response, Failure> {
    match timeout(COMMAND, connection.command(command)).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(failure(phase, &error)),
        Err(_elapsed) => Err(Failure::NotSent),
    }
}

fn failure(phase: Phase, error: &SmtpError) -> Failure {
    Failure::new(phase, error.status().map(u16::from))
}
