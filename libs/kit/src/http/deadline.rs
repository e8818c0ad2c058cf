//! The deadline of a request: set by the caller, kept while the request is handled, and passed on with calls to others.

use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName};
use tokio::time::Instant;

/// The time that remains, in milliseconds.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-deadline-ms");

tokio::task_local! {
    static DEADLINE: Instant;
}

/// The deadline passed before the work was done. The work was dropped, and its open transaction with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exceeded;

/// The time that the caller allows.
pub(crate) fn from_headers(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    text.parse().ok().map(Duration::from_millis)
}

/// Runs `work`, but not for longer than `limit`.
pub(crate) async fn with_deadline<T>(
    limit: Option<Duration>,
    work: impl Future<Output = T>,
) -> Result<T, Exceeded> {
    // A limit beyond the range of `Instant` is no limit.
    let Some(end) = limit.and_then(|limit| Instant::now().checked_add(limit)) else {
        return Ok(work.await);
    };
    let work = DEADLINE.scope(end, work);
    tokio::time::timeout_at(end, work).await.map_err(|_elapsed| Exceeded)
}

/// The time for a call to another service: `limit`, or less if the deadline of the current request is earlier.
pub(crate) fn remaining(limit: Duration) -> Duration {
    let remaining = DEADLINE.try_with(|end| end.saturating_duration_since(Instant::now()));
    remaining.map_or(limit, |remaining| remaining.min(limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_ends_at_its_deadline_and_sees_what_remains() {
        let (long, short) = (Duration::from_secs(9), Duration::from_millis(50));
        let work = async { (remaining(long), remaining(short)) };
        let (capped, own) = with_deadline(Some(Duration::from_secs(1)), work).await.unwrap();
        assert!(capped > short && capped <= Duration::from_secs(1), "{capped:?}");
        assert_eq!(own, short);
        assert_eq!(with_deadline(Some(short), std::future::pending::<()>()).await, Err(Exceeded));
        assert_eq!(with_deadline(None, async { remaining(long) }).await, Ok(long));
        assert_eq!(with_deadline(Some(Duration::MAX), async { remaining(long) }).await, Ok(long));
    }
}
