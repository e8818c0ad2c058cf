//! A mail relay that misbehaves in its own language: it passes one command and its reply at a time, between messaging and the
//! catcher, and at one step of every conversation it hangs, drips or refuses.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::proxy::{Trouble, Watched};

/// Between two bytes of a reply that drips.
const DRIP: Duration = Duration::from_millis(100);
/// A client that was refused may still say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// What the client has just said, in the order of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing: it has connected.
    Greeting,
    Hello,
    Sender,
    Recipient,
    Data,
    /// The whole email, with its final dot.
    Text,
}

/// How the relay misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It says nothing until the trouble ends, and goes on then.
    Hangs,
    /// It says its reply byte by byte.
    Drips,
    /// It replies this code, and closes.
    Answers(u16),
}

impl Step {
    pub(crate) const ALL: [Self; 6] =
        [Self::Greeting, Self::Hello, Self::Sender, Self::Recipient, Self::Data, Self::Text];
    /// Where a 5xx is about whoever sends, and not about the one email, which would have to end.
    pub(crate) const ABOUT_US: [Self; 4] = [Self::Greeting, Self::Hello, Self::Sender, Self::Data];

    fn of(line: &[u8]) -> Option<Self> {
        match line.get(..4)?.to_ascii_uppercase().as_slice() {
            b"EHLO" | b"HELO" => Some(Self::Hello),
            b"MAIL" => Some(Self::Sender),
            b"RCPT" => Some(Self::Recipient),
            b"DATA" => Some(Self::Data),
            _ => None,
        }
    }
}

/// Carries a connection to its end.
pub(crate) async fn carry(near: TcpStream, target: std::net::SocketAddr, trouble: Watched) {
    let Ok(far) = TcpStream::connect(target).await else { return };
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let (near, far) = (BufReader::new(near), BufReader::new(far));
    // However it ends, both sides see the end of the line.
    let _ = Conversation { near, far, trouble }.run().await;
}

struct Conversation {
    near: BufReader<TcpStream>,
    far: BufReader<TcpStream>,
    trouble: Watched,
}

impl Conversation {
    async fn run(&mut self) -> io::Result<()> {
        let (mut step, mut said) = (Some(Step::Greeting), Vec::new());
        loop {
            match self.manner(step) {
                Some(Manner::Answers(code)) => return self.refuse(code).await,
                Some(Manner::Hangs) => self.hang().await,
                Some(Manner::Drips) | None => {}
            }
            self.far.write_all(&said).await?;
            let reply = reply(&mut self.far).await?;
            self.say(step, &reply).await?;
            let is_text = step == Some(Step::Data) && reply.starts_with(b"354");
            said = if is_text { text(&mut self.near).await? } else { line(&mut self.near).await? };
            step = if is_text { Some(Step::Text) } else { Step::of(&said) };
        }
    }

    fn manner(&self, step: Option<Step>) -> Option<Manner> {
        match *self.trouble.borrow() {
            Some(Trouble::Relay(at, manner)) if Some(at) == step => Some(manner),
            _ => None,
        }
    }

    async fn hang(&mut self) {
        let trouble = *self.trouble.borrow();
        let _ = self.trouble.wait_for(|it| *it != trouble).await;
    }

    async fn refuse(&mut self, code: u16) -> io::Result<()> {
        self.near.write_all(format!("{code} not now\r\n").as_bytes()).await?;
        self.near.shutdown().await?;
        let _ = timeout(GOODBYE, async { while line(&mut self.near).await.is_ok() {} }).await;
        Ok(())
    }

    async fn say(&mut self, step: Option<Step>, mut reply: &[u8]) -> io::Result<()> {
        while let Some((byte, rest)) = reply.split_first()
            && self.manner(step) == Some(Manner::Drips)
        {
            self.near.write_all(&[*byte]).await?;
            sleep(DRIP).await;
            reply = rest;
        }
        self.near.write_all(reply).await
    }
}

/// A line with its end; an error at the end of the connection.
async fn line(from: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    from.read_until(b'\n', &mut line).await?;
    if line.ends_with(b"\n") { Ok(line) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// All lines up to the one that is only a dot.
async fn text(from: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    loop {
        let line = line(from).await?;
        text.extend_from_slice(&line);
        if line == b".\r\n" {
            return Ok(text);
        }
    }
}

/// All lines of a reply: the last one has no hyphen after its code.
async fn reply(from: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let mut reply = Vec::new();
    loop {
        let line = line(from).await?;
        reply.extend_from_slice(&line);
        if line.get(3) != Some(&b'-') {
            return Ok(reply);
        }
    }
}
