//! The table as a tree. Actix tries patterns one after the other, and most are regular expressions; so paths that begin
//! alike stand in a scope, which is passed over at once.

use actix_web::web::{self, ServiceConfig};

/// Puts one path into a scope: the whole path of the table, and what of it the scope leaves to match.
pub(super) type Add<'a> = &'a dyn Fn(&mut ServiceConfig, &'static str, &str);

/// Puts different paths, which are alike up to `at`, into the scope that `config` stands for.
pub(super) fn mount(config: &mut ServiceConfig, paths: &[&'static str], at: usize, add: Add<'_>) {
    // A parameter may be what another path has in its place: whoever comes first in the table is asked first.
    if paths.len() == 1 || paths.iter().any(|path| segment(path, at).contains('{')) {
        return paths.iter().for_each(|path| add(config, path, rest(path, at)));
    }
    let mut left = paths.to_vec();
    while let Some(next) = left.first().map(|path| segment(path, at)) {
        let (alike, others): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|path| segment(path, at) == next);
        left = others;
        if let [path] = alike.as_slice() {
            add(config, path, rest(path, at));
            continue;
        }
        let inside = |config: &mut ServiceConfig| mount(config, &alike, at + next.len(), add);
        config.service(web::scope(next).configure(inside));
    }
}

/// The segment that begins at `at`, with its slash; empty at the path's end.
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

    /// Every path answers with its pattern, as a list of patterns would; the others are nobody's.
    #[actix_web::test]
    async fn each_path_finds_its_own_resource_and_no_other_path_finds_any() {
        let add = |config: &mut ServiceConfig, path: &'static str, below: &str| {
            let answer = move || async move { HttpResponse::Ok().body(path) };
            config.service(web::resource(below).to(answer));
        };
        let nobody = || async { HttpResponse::ImATeapot().finish() };
        let app = test::init_service(
            App::new()
                .configure(|config| mount(config, &PATHS, 0, &add))
                .default_service(web::to(nobody)),
        )
        .await;
        let found = [
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
        for (asked, path) in found {
            let request = test::TestRequest::with_uri(asked).to_request();
            let body = test::call_and_read_body(&app, request).await;
            assert_eq!(body, path.as_bytes(), "{asked}");
        }
        for asked in
            ["/", "/v1", "/v1/", "/v1/a/", "/v1/b", "/v1/b/", "/v1/a/7/c", "/v2/a", "/pings"]
        {
            let request = test::TestRequest::with_uri(asked).to_request();
            let status = test::call_service(&app, request).await.status();
            assert_eq!(status, StatusCode::IM_A_TEAPOT, "{asked}");
        }
    }
}
