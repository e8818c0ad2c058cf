//! How long idle connections stay open. A client that reuses a connection while the server closes it loses its request,
//! so the client must always be the one that closes first.

use std::time::Duration;

/// Our clients do not reuse a connection that was idle for this long. A server that stops closes what is idle at the end
/// of its drain, so a drain must last clearly longer: a connection then is either used in it, and the response says
/// `Connection: close`, or is not used again.
pub const CLIENT_IDLE: Duration = Duration::from_secs(4);

/// Our servers close a connection that was idle for this long. Longer than the idle timeout of common proxies, too (nginx
/// and AWS load balancers: 60 s, Traefik: 90 s).
pub const SERVER_IDLE: Duration = Duration::from_secs(100);

const _: () = assert!(
    SERVER_IDLE.as_secs() >= 2 * CLIENT_IDLE.as_secs(),
    "servers must keep idle connections well beyond the time for which clients reuse them"
);
