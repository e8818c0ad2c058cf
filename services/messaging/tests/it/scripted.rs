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
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

/// What happens to an email.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Act {
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
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (addr, texts) = (listener.local_addr().unwrap(), Arc::<AtomicUsize>::default());
        let script: Script = Arc::new(Mutex::new(script.iter().copied().collect()));
        let counted = texts.clone();
        kit::tasks::spawn("scripted", async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, texts) = (script.clone(), counted.clone());
                kit::tasks::spawn("scripted.session", async move {
                    let _ = session(stream, script, texts).await;
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

async fn session(
    stream: TcpStream,
    script: Script,
    texts: Arc<AtomicUsize>,
) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 scripted\r\n").await?;
    let mut act = None;
    while let Some(line) = lines.next_line().await? {
        let answer = match line.get(..4).unwrap_or_default() {
            "MAIL" => {
                act = script.lock().unwrap().pop_front();
                "250 ok"
            }
            "RCPT" => match act {
                Some(Act::Rcpt(answer)) => answer,
                Some(Act::DropAtRcpt) => return Ok(()),
                _ => "250 ok",
            },
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
