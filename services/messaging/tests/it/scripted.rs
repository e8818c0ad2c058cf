//! An SMTP server that misbehaves by script: one line of the script per email, then it accepts.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader, split},
    net::{TcpListener, TcpStream},
    sync::Notify,
};
use tokio_rustls::TlsAcceptor;

/// The user `us` with the password `correct horse`.
const SIGN_IN: &str = "AUTH PLAIN AHVzAGNvcnJlY3QgaG9yc2U=";

/// What happens to an email.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Act {
    /// Greeting of a connection, which then ends.
    Greet(&'static str),
    /// Answer to MAIL.
    Mail(&'static str),
    /// Answer to DATA, before the text.
    Data(&'static str),
    /// Answer to RCPT.
    Rcpt(&'static str),
    /// Answer to the text.
    Text(&'static str),
    /// Hang up instead of answering RCPT.
    DropAtRcpt,
    /// Hang up instead of reading the text.
    DropBeforeText,
    /// Hang up after the text, without an answer.
    DropAfterText,
    /// Accept the text once that is released.
    Hold,
    /// Never answer after the text.
    Hang,
}

/// The server.
pub(crate) struct Scripted {
    pub(crate) addr: SocketAddr,
    texts: Arc<Mutex<Vec<String>>>,
    release: Arc<Notify>,
}

/// What its sessions share.
#[derive(Clone)]
struct Shared {
    script: Arc<Mutex<VecDeque<Act>>>,
    texts: Arc<Mutex<Vec<String>>>,
    release: Arc<Notify>,
}

impl Scripted {
    pub(crate) async fn start(script: &[Act]) -> Self {
        Self::start_with(script, None).await
    }

    /// A server that takes emails only after STARTTLS.
    pub(crate) async fn start_tls(tls: TlsAcceptor) -> Self {
        Self::start_with(&[], Some(tls)).await
    }

    async fn start_with(script: &[Act], tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (addr, texts) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<String>>>::default());
        let release = Arc::<Notify>::default();
        let script = Arc::new(Mutex::new(script.iter().copied().collect()));
        let shared = Shared { script, texts: texts.clone(), release: release.clone() };
        kit::tasks::spawn("scripted", async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (shared, tls) = (shared.clone(), tls.clone());
                kit::tasks::spawn("scripted.session", async move {
                    let _ = connection(stream, tls, shared).await;
                });
            }
        });
        Self { addr, texts, release }
    }

    /// Lets the text of an [`Act::Hold`] be accepted.
    pub(crate) fn release(&self) {
        self.release.notify_one();
    }

    /// Whole texts that came, whatever was answered.
    pub(crate) fn texts(&self) -> usize {
        self.texts.lock().unwrap().len()
    }

    /// The latest of them.
    pub(crate) fn last_text(&self) -> String {
        self.texts.lock().unwrap().last().cloned().unwrap_or_default()
    }
}

async fn connection(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    shared: Shared,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    if let Some(greeting) = greeting(&shared) {
        return stream.write_all(format!("{greeting}\r\n").as_bytes()).await;
    }
    stream.write_all(b"220 scripted\r\n").await?;
    let Some(tls) = tls else { return session(stream, shared).await };
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 {
        let answer = match line.get(..4).unwrap_or_default() {
            "EHLO" => "250-scripted\r\n250 STARTTLS\r\n",
            "STAR" => {
                stream.write_all(b"220 go on\r\n").await?;
                let stream = tls.accept(stream.into_inner()).await?;
                return session(BufReader::new(stream), shared).await;
            }
            _ => "530 STARTTLS first\r\n",
        };
        stream.write_all(answer.as_bytes()).await?;
        line.clear();
    }
    Ok(())
}

/// The script's next line, if it is about a greeting.
fn greeting(shared: &Shared) -> Option<&'static str> {
    let mut script = shared.script.lock().unwrap();
    let Some(Act::Greet(greeting)) = script.front().copied() else { return None };
    script.pop_front();
    Some(greeting)
}

async fn session(
    stream: BufReader<impl AsyncRead + AsyncWrite>,
    shared: Shared,
) -> std::io::Result<()> {
    let (read, mut write) = split(stream);
    let mut lines = BufReader::new(read).lines();
    let mut act = None;
    while let Some(line) = lines.next_line().await? {
        let answer = match line.get(..4).unwrap_or_default() {
            "MAIL" => {
                act = shared.script.lock().unwrap().pop_front();
                match act {
                    Some(Act::Mail(answer)) => answer,
                    _ => "250 ok",
                }
            }
            "RCPT" => match act {
                Some(Act::Rcpt(answer)) => answer,
                Some(Act::DropAtRcpt) => return Ok(()),
                _ => "250 ok",
            },
            "DATA" if let Some(Act::Data(answer)) = act => answer,
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                if let Some(Act::DropBeforeText) = act {
                    return Ok(());
                }
                let mut text = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    text = text + &line + "\r\n";
                }
                shared.texts.lock().unwrap().push(text);
                match act {
                    Some(Act::Text(answer)) => answer,
                    Some(Act::DropAfterText) => return Ok(()),
                    Some(Act::Hang) => std::future::pending().await,
                    Some(Act::Hold) => {
                        shared.release.notified().await;
                        "250 taken"
                    }
                    _ => "250 taken",
                }
            }
            "QUIT" => return Ok(()),
            "EHLO" => "250-scripted\r\n250 AUTH PLAIN LOGIN",
            "AUTH" if line == SIGN_IN => "235 welcome",
            "AUTH" => "535 5.7.8 wrong password",
            _ => "250 ok",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}
