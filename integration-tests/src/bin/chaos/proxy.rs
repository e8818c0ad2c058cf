//! A TCP proxy between the suite and one of its dependencies. It passes bytes, until it is asked to make trouble.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    runtime::Handle,
    sync::watch,
    task::JoinSet,
    time::sleep,
};

use crate::relay::{self, Manner, Step};

/// What a link does to the bytes of its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Everything arrives this many milliseconds later.
    Slow(u64),
    /// Nothing arrives until the trouble ends, and then everything does: a partition that heals in time.
    Stalled,
    /// What is sent is lost, both ways, and nobody notices: a half-open connection. It is reset when the trouble ends.
    Lost,
    /// Requests arrive, replies are lost. The same.
    Deaf,
    /// Each connection is reset after it has passed this many bytes.
    Cut(u64),
    /// Connections are reset, and new ones refused.
    Closed,
    /// A mail relay misbehaves at a step of its conversations.
    Relay(Step, Manner),
}

/// A listener on loopback whose connections lead to the first of its targets that accepts them.
pub(crate) struct Link {
    pub(crate) port: u16,
    trouble: watch::Sender<Option<Trouble>>,
    _listening: JoinSet<()>,
}

impl Link {
    /// Opens it; its targets need not run yet.
    pub(crate) fn open(runtime: &Handle, port: u16, targets: Vec<u16>) -> Self {
        let targets: Arc<[SocketAddr]> = targets.into_iter().map(loopback).collect();
        let turn = AtomicUsize::new(0);
        Self::start(runtime, port, move |near, trouble| {
            carry(near, targets.clone(), turn.fetch_add(1, Relaxed), trouble)
        })
    }

    /// The same in front of a mail server, for troubles that are a relay's.
    pub(crate) fn open_relay(runtime: &Handle, port: u16, target: u16) -> Self {
        Self::start(runtime, port, move |near, trouble| {
            relay::carry(near, loopback(target), trouble)
        })
    }

    fn start<F: Future<Output = ()> + Send + 'static>(
        runtime: &Handle,
        port: u16,
        carry: impl Fn(TcpStream, Watched) -> F + Send + 'static,
    ) -> Self {
        let (trouble, watched) = watch::channel(None);
        let mut listening = JoinSet::new();
        listening.spawn_on(listen(port, carry, watched), runtime);
        Self { port, trouble, _listening: listening }
    }

    /// Makes trouble, or ends it.
    pub(crate) fn set(&self, trouble: Option<Trouble>) {
        self.trouble.send_replace(trouble);
    }
}

fn loopback(port: u16) -> SocketAddr {
    ([127, 0, 0, 1], port).into()
}

/// The trouble of a link, as its connections see it.
pub(crate) type Watched = watch::Receiver<Option<Trouble>>;

async fn listen<F: Future<Output = ()> + Send + 'static>(
    port: u16,
    carry: impl Fn(TcpStream, Watched) -> F,
    mut trouble: Watched,
) {
    loop {
        // A port that was just given up may be taken for a moment.
        let Ok(listener) = TcpListener::bind(loopback(port)).await else {
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        // Ends after the listener: its connections see the trouble themselves.
        let (mut connections, mut closing) = (JoinSet::new(), trouble.clone());
        loop {
            tokio::select! {
                accepted = listener.accept() => if let Ok((near, _)) = accepted {
                    connections.spawn(carry(near, trouble.clone()));
                },
                Some(_) = connections.join_next() => {}
                _ = closing.wait_for(|it| *it == Some(Trouble::Closed)) => break,
            }
        }
        drop(listener);
        while connections.join_next().await.is_some() {}
        if trouble.wait_for(|it| *it != Some(Trouble::Closed)).await.is_err() {
            return;
        }
    }
}

/// A connection through the link.
struct Passage {
    trouble: Watched,
    /// Bytes of it were lost, so it must not go on.
    spoiled: AtomicBool,
    /// Bytes that it has passed since connections are cut.
    passed: AtomicU64,
}

async fn carry(mut near: TcpStream, targets: Arc<[SocketAddr]>, turn: usize, trouble: Watched) {
    let Some(mut far) = connect(&targets, turn).await else {
        let _ = near.set_zero_linger();
        return;
    };
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let passage = Passage { trouble, spoiled: AtomicBool::default(), passed: AtomicU64::default() };
    let is_whole = {
        let ((near_in, near_out), (far_in, far_out)) = (near.split(), far.split());
        tokio::select! {
            ended = async {
                tokio::try_join!(passage.pump(near_in, far_out, false), passage.pump(far_in, near_out, true))
            } => ended.is_ok(),
            () = passage.broken() => false,
        }
    };
    if !is_whole {
        // The streams are dropped with a reset.
        let _ = (near.set_zero_linger(), far.set_zero_linger());
    }
}

async fn connect(targets: &[SocketAddr], turn: usize) -> Option<TcpStream> {
    for step in 0..targets.len() {
        let target = targets.get((turn + step) % targets.len())?;
        if let Ok(stream) = TcpStream::connect(target).await {
            return Some(stream);
        }
    }
    None
}

impl Passage {
    async fn pump(
        &self,
        mut from: ReadHalf<'_>,
        mut to: WriteHalf<'_>,
        are_replies: bool,
    ) -> std::io::Result<()> {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let length = from.read(&mut buffer).await?;
            let bytes = buffer.get(..length).unwrap_or_default();
            let trouble = *self.trouble.borrow();
            match trouble {
                Some(Trouble::Slow(ms)) => sleep(Duration::from_millis(ms)).await,
                Some(Trouble::Stalled) => {
                    let _ = self.trouble.clone().wait_for(|it| *it != trouble).await;
                }
                Some(Trouble::Deaf) if !are_replies => {}
                Some(Trouble::Lost | Trouble::Deaf) => {
                    self.spoiled.store(true, Relaxed);
                    if length == 0 {
                        std::future::pending::<()>().await;
                    }
                    continue;
                }
                Some(Trouble::Cut(budget)) => {
                    let length = u64::try_from(length).unwrap_or(u64::MAX);
                    if self.passed.fetch_add(length, Relaxed) + length > budget {
                        return Err(std::io::ErrorKind::ConnectionReset.into());
                    }
                }
                Some(Trouble::Closed | Trouble::Relay(..)) | None => {}
            }
            if length == 0 {
                return to.shutdown().await;
            }
            to.write_all(bytes).await?;
        }
    }

    /// Ends when the connection must be reset.
    async fn broken(&self) {
        let ends = |now: &Option<Trouble>| match now {
            Some(Trouble::Closed) => true,
            Some(_) => false,
            None => self.spoiled.load(Relaxed),
        };
        let _ = self.trouble.clone().wait_for(ends).await;
    }
}
