//! How long a request may still take: told by the caller, kept here, and told to whomever is asked on its behalf.

use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName};
use tokio::time::Instant;

/// Milliseconds that are left.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-deadline-ms");

tokio::task_local! {
    static DEADLINE: Instant;
}

/// The time was over before the work was done; the work was dropped, and its open transaction with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Over;

/// What a caller told.
pub(crate) fn told(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    text.parse().ok().map(Duration::from_millis)
}

/// Does work that nobody waits for after `limit`.
pub(crate) async fn within<T>(
    limit: Option<Duration>,
    work: impl Future<Output = T>,
) -> Result<T, Over> {
    // A limit too far away to be added is none.
    let Some(end) = limit.and_then(|limit| Instant::now().checked_add(limit)) else {
        return Ok(work.await);
    };
    let work = DEADLINE.scope(end, work);
    tokio::time::timeout_at(end, work).await.map_err(|_elapsed| Over)
}

/// `limit`, or what is left of the deadline of the request in whose name we ask.
pub(crate) fn left(limit: Duration) -> Duration {
    let left = DEADLINE.try_with(|end| end.saturating_duration_since(Instant::now()));
    left.map_or(limit, |left| left.min(limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_ends_at_its_deadline_and_knows_what_is_left() {
        let (long, short) = (Duration::from_secs(9), Duration::from_millis(50));
        let asked = within(Some(Duration::from_secs(1)), async { (left(long), left(short)) });
        let (capped, own) = asked.await.unwrap();
        assert!(capped > short && capped <= Duration::from_secs(1), "{capped:?}");
        assert_eq!(own, short);
        assert_eq!(within(Some(short), std::future::pending::<()>()).await, Err(Over));
        assert_eq!(within(None, async { left(long) }).await, Ok(long));
        assert_eq!(within(Some(Duration::MAX), async { left(long) }).await, Ok(long));
    }
}
