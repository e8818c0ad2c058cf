//! Every URL of the keyring. All are internal.

use kit::route::{Access, Routes};

use crate::{keys, subjects};

const CALLERS: Access =
    Access::Services(&["campaigns", "identity", "messaging", "retention", "webhooks"]);

/// The table.
pub fn routes() -> Routes {
    Routes::new()
        .post("/internal/v1/subjects/resolve", CALLERS, subjects::http::resolve)
        .post(
            "/internal/v1/subjects/destroy",
            Access::Services(&["retention"]),
            subjects::http::destroy,
        )
        .post("/internal/v1/keys/open", CALLERS, keys::http::open)
}
