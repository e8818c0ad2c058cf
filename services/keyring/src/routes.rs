//! Every URL of the keyring. All are internal.

use kit::http::routes::{Access, Routes};

use crate::{keys, subjects};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .unkeyed_post(
            "/internal/v1/subjects/resolve",
            Access::Services(&["campaigns", "identity", "messaging", "retention"]),
            subjects::http::resolve,
        )
        .unkeyed_post(
            "/internal/v1/subjects/destroy",
            Access::Services(&["retention"]),
            subjects::http::destroy,
        )
        .unkeyed_post(
            "/internal/v1/subjects/leave",
            Access::Services(&["campaigns"]),
            subjects::http::leave,
        )
        .unkeyed_post(
            "/internal/v1/keys/open",
            Access::Services(&["campaigns", "identity", "messaging", "retention"]),
            keys::http::open,
        )
}
