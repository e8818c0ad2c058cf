//! The HTTP/1.1 server behind every port of a service. It is assembled from actix's parts instead of `HttpServer`, which
//! gives no access to the connection that it closes.

use std::{
    any::Any,
    fmt, io,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use actix_http::{HttpService, Request, Response, body::MessageBody};
use actix_server::GracefulShutdownSignal;
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt as _, apply_fn_factory,
    map_config,
};
use actix_web::dev::{AppConfig, Server};
use tokio::net::TcpStream;

use super::{drain::Draining, keep_alive, linger::Connection};
use crate::http::gate::Gate;

/// Threads of a worker for work that would block its requests. That work is CPU-bound, so more threads would not be
/// faster, and each keeps its own memory.
const BLOCKING_THREADS: usize = 4;
/// The complete headers of a request must arrive within this; slower senders get a 408.
const HEADERS_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a body that no handler read is discarded before the connection is closed.
const UNREAD_BODY_TIMEOUT: Duration = Duration::from_secs(1);

/// How a port is served.
pub(crate) struct Options {
    /// Threads.
    pub(crate) workers: usize,
    /// Seconds in which current requests may finish at a shutdown.
    pub(crate) finish_seconds: u64,
    pub(crate) gate: Option<Gate>,
    pub(crate) draining: Draining,
}

/// Serves `app` on a bound listener.
pub(crate) fn serve<F, I, S, B>(
    listener: TcpListener,
    options: Options,
    app: F,
) -> io::Result<Server>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<actix_web::Error> + 'static,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let Options { workers, finish_seconds, gate, draining } = options;
    let builder = Server::build()
        .workers(workers)
        .worker_max_blocking_threads(BLOCKING_THREADS)
        .shutdown_timeout(finish_seconds)
        .disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let connections = move || connections(app(), gate.clone(), draining.clone(), stopping.clone());
    Ok(builder.listen("http", listener, connections)?.run())
}

/// The service that handles the connections of one worker.
fn connections<I, S, B>(
    app: I,
    gate: Option<Gate>,
    draining: Draining,
    stopping: GracefulShutdownSignal,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), InitError = ()>
where
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<actix_web::Error> + 'static,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let draining_too = draining.clone();
    let app = app
        .into_factory()
        .map(move |response| draining.mark::<B>(response.into()))
        .map_err(move |error| draining_too.mark(error.into().error_response().into()));
    let signal = stopping.clone();
    let http = HttpService::<Connection, _, B>::build()
        .graceful_shutdown_signal(move || {
            let signal = signal.clone();
            async move { signal.notified().await }
        })
        .keep_alive(keep_alive::SERVER_IDLE)
        .client_request_timeout(HEADERS_TIMEOUT)
        .client_disconnect_timeout(UNREAD_BODY_TIMEOUT)
        .h1(map_config(app, |()| AppConfig::default()));
    apply_fn_factory(http, move |stream: TcpStream, http| {
        let (peer, stopping) = (stream.peer_addr().ok(), stopping.clone());
        // It is held until the connection is closed. If it is `None`, the stream is dropped, which closes it at once.
        let admitted = admit(gate.as_ref(), peer);
        let connection = Connection::new(stream);
        let served = admitted.is_some().then(|| http.call((connection.clone(), peer)));
        async move {
            let (Some(_held), Some(served)) = (admitted, served) else { return Ok(()) };
            let outcome = served.await;
            tokio::select! {
                () = connection.close() => {}
                () = stopping.notified() => {}
            }
            outcome
        }
    })
}

/// Asks the gate: what to hold while the connection is open, or `None` if its peer may not connect.
fn admit(gate: Option<&Gate>, peer: Option<SocketAddr>) -> Option<Box<dyn Any>> {
    match (gate, peer) {
        (Some(gate), Some(peer)) => gate(peer.ip()),
        _ => Some(Box::new(())),
    }
}
