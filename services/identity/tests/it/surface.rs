//! Who may call what.

use kit::{http::routes::Access, service::Service as _};
use testkit::caller::Caller;

use crate::support::suite;

async fn call(caller: &Caller, method: &str, path: &str) -> u16 {
    let method = method.parse().unwrap();
    let body = serde_json::json!({});
    caller.send(caller.request(method, path).json(&body)).await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_refuses_no_token_the_wrong_scope_and_the_wrong_kind_of_caller() {
    let suite = suite().await;
    let user = suite.app.caller(&["campaigns:read"]);
    for route in identity::Identity::routes().specs() {
        let (method, path) = (route.method.as_str(), route.path.replace(['{', '}'], ""));
        assert_eq!(call(&user.anonymous(), method, &path).await, 401, "{method} {path}");
        assert_eq!(call(&user, method, &path).await, 403, "{method} {path}");
        if matches!(route.access, Access::Scope(_)) {
            // A workload credential names no tenant.
            assert_eq!(call(&suite.gateway(), method, &path).await, 401, "{method} {path}");
        }
    }
}
