//! Bodies, read whole: neither larger nor slower than a path allows.

use std::time::Duration;

use actix_web::{dev::Payload, web::Bytes};
use kit::http::{extract, problem::Problem};

use crate::error::Error;

/// Reads a body. A sender that is too slow is cut off and holds neither memory nor a worker.
pub(crate) async fn read(
    payload: Payload,
    max: usize,
    deadline: Duration,
) -> Result<Bytes, Problem> {
    let reading = tokio::time::timeout(deadline, extract::read_body(payload, max));
    reading.await.map_err(|_elapsed| Error::BodyTimeout)?
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use futures_util::{StreamExt as _, stream};

    use super::*;

    #[actix_web::test]
    async fn a_body_that_does_not_end_is_cut_off() {
        let first = stream::iter([Ok(Bytes::from_static(b"drop"))]);
        let endless = Payload::from(first.chain(stream::pending()).boxed_local());
        let refused = read(endless, 100, Duration::from_millis(20)).await.unwrap_err();
        assert_eq!(refused.status(), StatusCode::REQUEST_TIMEOUT);
        let whole = Payload::from(stream::iter([Ok(Bytes::from_static(b"all"))]).boxed_local());
        assert_eq!(read(whole, 100, Duration::from_secs(5)).await.unwrap(), "all");
    }
}
