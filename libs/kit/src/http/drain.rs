//! The drain of a process that is to stop. Whoever sends it requests needs some time to notice; until then it serves as
//! before, but asks its clients to make new connections, which lead elsewhere.
//!
//! Without that, a stop closes connections on which a request may be on its way. HTTP/1.1 has no other way to announce it
//! than the header of a response (RFC 9112 §9.6).

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_http::{ConnectionType, Response};
use tokio_util::sync::CancellationToken;

use crate::{config::Env, tasks};

/// Whether the process drains. It is a flag rather than a token because each response looks at it.
#[derive(Clone, Default)]
pub(crate) struct Draining(Arc<AtomicBool>);

impl Draining {
    pub(crate) fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Adds `Connection: close` to a response while the process drains; the server closes the connection after it.
    pub(crate) fn mark<B>(&self, mut response: Response<B>) -> Response<B> {
        if self.is_on() {
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        response
    }
}

/// A drain that starts once.
pub(crate) struct Drain {
    pub(crate) draining: Draining,
    /// Cancelled at the end of the drain, when the servers are to stop.
    pub(crate) ended: CancellationToken,
}

impl Drain {
    /// Starts when `stop` is cancelled, and takes `time`.
    pub(crate) fn after(stop: CancellationToken, time: Duration) -> Self {
        let (draining, ended) = (Draining::default(), CancellationToken::new());
        let drain = Self { draining: draining.clone(), ended: ended.clone() };
        tasks::spawn("drain", async move {
            stop.cancelled().await;
            draining.0.store(true, Ordering::Relaxed);
            tokio::time::sleep(time).await;
            ended.cancel();
        });
        drain
    }
}

/// How long a process drains.
pub(crate) fn time(env: &mut Env) -> Duration {
    Duration::from_secs(env.parse("FOLKMOOT_DRAIN_SECONDS", "0"))
}
