//! An SMTP server that misbehaves by script: one line of the script per email, then it accepts.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader, split},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

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
    /// Hang up after the text, without an answer.
    DropAfterText,
    /// Never answer after the text.
    Hang,
}

/// The server.
pub(crate) struct Scripted {
    pub(crate) addr: SocketAddr,
    texts: Arc<AtomicUsize>,
}

type Script = Arc<Mutex<VecDeque<Act>>>;

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
        let (addr, texts) = (listener.local_addr().unwrap(), Arc::<AtomicUsize>::default());
        let script: Script = Arc::new(Mutex::new(script.iter().copied().collect()));
        let counted = texts.clone();
        kit::tasks::spawn("scripted", async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, texts, tls) = (script.clone(), counted.clone(), tls.clone());
                kit::tasks::spawn("scripted.session", async move {
                    let _ = connection(stream, tls, script, texts).await;
                });
            }
        });
        Self { addr, texts }
    }

    /// Whole texts that came, whatever was answered.
    pub(crate) fn texts(&self) -> usize {
        self.texts.load(Ordering::SeqCst)
    }
}

async fn connection(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    script: Script,
    texts: Arc<AtomicUsize>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    if let Some(greeting) = greeting(&script) {
        return stream.write_all(format!("{greeting}\r\n").as_bytes()).await;
    }
    stream.write_all(b"220 scripted\r\n").await?;
    let Some(tls) = tls else { return session(stream, script, texts).await };
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 {
        let answer = match line.get(..4).unwrap_or_default() {
            "EHLO" => "250-scripted\r\n250 STARTTLS\r\n",
            "STAR" => {
                stream.write_all(b"220 go on\r\n").await?;
                let stream = tls.accept(stream.into_inner()).await?;
                return session(BufReader::new(stream), script, texts).await;
            }
            _ => "530 STARTTLS first\r\n",
        };
        stream.write_all(answer.as_bytes()).await?;
        line.clear();
    }
    Ok(())
}

/// The script's next line, if it is about a greeting.
fn greeting(script: &Script) -> Option<&'static str> {
    let mut script = script.lock().unwrap();
    let Some(Act::Greet(greeting)) = script.front().copied() else { return None };
    script.pop_front();
    Some(greeting)
}

async fn session(
    stream: BufReader<impl AsyncRead + AsyncWrite>,
    script: Script,
    texts: Arc<AtomicUsize>,
) -> std::io::Result<()> {
    let (read, mut write) = split(stream);
    let mut lines = BufReader::new(read).lines();
    let mut act = None;
    while let Some(line) = lines.next_line().await? {
        let answer = match line.get(..4).unwrap_or_default() {
            "MAIL" => {
                act = script.lock().unwrap().pop_front();
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
                while lines.next_line().await?.is_some_and(|line| line != ".") {}
                texts.fetch_add(1, Ordering::SeqCst);
                match act {
                    Some(Act::Text(answer)) => answer,
                    Some(Act::DropAfterText) => return Ok(()),
                    Some(Act::Hang) => std::future::pending().await,
                    _ => "250 taken",
                }
            }
            "QUIT" => return Ok(()),
            _ => "250 ok",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}
