//! Arranges the table as a tree. Actix tries one pattern after the other, and most are regular expressions. Paths with a
//! common prefix are put into a scope, so that actix can skip all of them at once.

use actix_web::web::{self, ServiceConfig};

/// Adds one path to a scope: the whole path, and the part of it that the scope does not match.
pub(super) type Add<'a> = &'a dyn Fn(&mut ServiceConfig, &'static str, &str);

/// Adds paths to the scope of `config`. They are all different, and equal up to byte `at`.
pub(super) fn mount(config: &mut ServiceConfig, paths: &[&'static str], at: usize, add: Add<'_>) {
    // A parameter also matches what other paths have in its place, so the order of the table must stay.
    if paths.len() == 1 || paths.iter().any(|path| segment(path, at).contains('{')) {
        return paths.iter().for_each(|path| add(config, path, rest(path, at)));
    }
    let mut remaining = paths.to_vec();
    while let Some(next) = remaining.first().map(|path| segment(path, at)) {
        let (alike, others): (Vec<_>, Vec<_>) =
            remaining.into_iter().partition(|path| segment(path, at) == next);
        remaining = others;
        if let [path] = alike.as_slice() {
            add(config, path, rest(path, at));
            continue;
        }
        let inside = |config: &mut ServiceConfig| mount(config, &alike, at + next.len(), add);
        config.service(web::scope(next).configure(inside));
    }
}

/// The segment that starts at byte `at`, with its slash; empty at the end of the path.
fn segment(path: &'static str, at: usize) -> &'static str {
    let rest = rest(path, at);
    let slash = rest.get(1..).and_then(|rest| rest.find('/'));
    rest.get(..slash.map_or(rest.len(), |slash| slash + 1)).unwrap_or_default()
}

fn rest(path: &'static str, at: usize) -> &'static str {
    path.get(at..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use actix_web::{App, HttpResponse, http::StatusCode, test};

    use super::*;

    const PATHS: [&str; 9] = [
        "/ping",
        "/v1/a",
        "/v1/a/{id}",
        "/v1/a/{id}/b",
        "/v1/a/near/{x}",
        "/v1/ab/{id}",
        "/v1/b/c",
        "/v1/b/c.json",
        "/internal/v1/{id}",
    ];

    #[actix_web::test]
    async fn each_path_matches_its_own_resource_and_other_paths_match_none() {
        let add = |config: &mut ServiceConfig, path: &'static str, below: &str| {
            let respond = move || async move { HttpResponse::Ok().body(path) };
            config.service(web::resource(below).to(respond));
        };
        let fallback = || async { HttpResponse::ImATeapot().finish() };
        let app = test::init_service(
            App::new()
                .configure(|config| mount(config, &PATHS, 0, &add))
                .default_service(web::to(fallback)),
        )
        .await;
        let matches = [
            ("/ping", "/ping"),
            ("/v1/a", "/v1/a"),
            ("/v1/a/7", "/v1/a/{id}"),
            ("/v1/a/near", "/v1/a/{id}"),
            ("/v1/a/7/b", "/v1/a/{id}/b"),
            ("/v1/a/near/b", "/v1/a/{id}/b"),
            ("/v1/a/near/7", "/v1/a/near/{x}"),
            ("/v1/ab/7", "/v1/ab/{id}"),
            ("/v1/b/c", "/v1/b/c"),
            ("/v1/b/c.json", "/v1/b/c.json"),
            ("/internal/v1/7", "/internal/v1/{id}"),
        ];
        for (uri, path) in matches {
            let request = test::TestRequest::with_uri(uri).to_request();
            let body = test::call_and_read_body(&app, request).await;
            assert_eq!(body, path.as_bytes(), "{uri}");
        }
        for uri in ["/", "/v1", "/v1/", "/v1/a/", "/v1/b", "/v1/b/", "/v1/a/7/c", "/v2/a", "/pings"]
        {
            let request = test::TestRequest::with_uri(uri).to_request();
            let status = test::call_service(&app, request).await.status();
            assert_eq!(status, StatusCode::IM_A_TEAPOT, "{uri}");
        }
    }
}
