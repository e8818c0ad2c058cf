//! Matches paths as Express does: in any case and with any number of trailing slashes. Only requests that do not match a
//! path exactly get here, so it costs the others nothing.

use std::rc::Rc;

use actix_web::{
    Error, Route,
    dev::{
        ResourceDef, Service as _, ServiceFactory, ServiceRequest, ServiceResponse, Url,
        fn_factory, fn_service,
    },
    http::Uri,
};

type RouteService = <Route as ServiceFactory<ServiceRequest>>::Service;

/// A path of the table with its routes.
struct Lenient {
    path: &'static str,
    pattern: ResourceDef,
    routes: Vec<RouteService>,
}

/// Passes a request whose path is another spelling of one of `paths` to its route, without a redirect, and others to
/// `fallback`.
pub(super) fn or_fallback(
    paths: Vec<(&'static str, Vec<Route>)>,
    fallback: Route,
) -> impl ServiceFactory<
    ServiceRequest,
    Config = (),
    Response = ServiceResponse,
    Error = Error,
    InitError = (),
> {
    let (paths, fallback) = (Rc::new(paths), Rc::new(fallback));
    fn_factory(move || {
        let (paths, fallback) = (paths.clone(), fallback.clone());
        async move {
            let mut all = Vec::with_capacity(paths.len());
            for (path, routes) in paths.iter() {
                let mut services = Vec::with_capacity(routes.len());
                for route in routes {
                    services.push(route.new_service(()).await?);
                }
                all.push(Lenient { path, pattern: ResourceDef::new(*path), routes: services });
            }
            let (all, fallback) = (Rc::new(all), Rc::new(fallback.new_service(()).await?));
            Ok(fn_service(move |req| dispatch(all.clone(), fallback.clone(), req)))
        }
    })
}

async fn dispatch(
    all: Rc<Vec<Lenient>>,
    fallback: Rc<RouteService>,
    mut req: ServiceRequest,
) -> Result<ServiceResponse, Error> {
    for Lenient { path, pattern, routes } in all.iter() {
        let Some(uri) = canonical_uri(path, req.uri()) else { continue };
        let Some(route) = routes.iter().find(|route| route.check(&mut req)) else { continue };
        req.head_mut().uri = uri.clone();
        req.match_info_mut().set(Url::new(uri));
        if pattern.capture_match_info(req.match_info_mut()) {
            return route.call(req).await;
        }
    }
    fallback.call(req).await
}

/// The URI with its path spelled as in the table; `None` if it is a different path. Parameters stay as they were sent.
fn canonical_uri(path: &str, uri: &Uri) -> Option<Uri> {
    let sent = uri.path().trim_end_matches('/');
    if path.split('/').count() != sent.split('/').count() {
        return None;
    }
    let segments = path.split('/').zip(sent.split('/')).map(|(segment, sent)| {
        let is_parameter = segment.contains('{') && !sent.is_empty();
        let matches = is_parameter || segment.eq_ignore_ascii_case(sent);
        matches.then_some(if is_parameter { sent } else { segment })
    });
    let mut canonical = segments.collect::<Option<Vec<_>>>()?.join("/");
    if let Some(query) = uri.query() {
        canonical = format!("{canonical}?{query}");
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(canonical.parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use actix_web::{
        App, HttpResponse,
        http::{Method, StatusCode, Uri},
        test::{TestRequest, call_and_read_body, call_service, init_service},
        web,
    };

    use super::{canonical_uri, or_fallback};

    #[test]
    fn letter_case_and_trailing_slashes_do_not_matter_and_parameters_are_kept() {
        let canonical = |path: &str, sent: &str| {
            let sent: Uri = sent.parse().unwrap();
            canonical_uri(path, &sent).map(|uri| uri.to_string())
        };
        for (path, sent, expected) in [
            ("/a", "/a/?x=Y", "/a?x=Y"),
            ("/a", "/A//", "/a"),
            ("/a/{id}/b", "/A/OX4%201AA/B/", "/a/OX4%201AA/b"),
            ("/a/{id}", "http://host.example/A/x", "http://host.example/a/x"),
        ] {
            assert_eq!(canonical(path, sent).as_deref(), Some(expected), "{sent}");
        }
        for (path, sent) in [
            ("/a", "/b"),
            ("/a", "/"),
            ("/a", "//a"),
            ("/a", "/a/b"),
            ("/a/{id}", "/a/"),
            ("/a/{id}/b", "/a//b"),
        ] {
            assert_eq!(canonical(path, sent), None, "{path} {sent}");
        }
    }

    #[actix_web::test]
    async fn another_spelling_is_handled_without_a_redirect_and_keeps_its_parameters() {
        let show = async |id: web::Path<String>, uri: Uri| format!("{id} {uri}");
        let paths = vec![("/a/{id}", vec![web::get().to(show)])];
        let fallback = web::to(|| async { HttpResponse::ImATeapot().finish() });
        let app = App::new().default_service(or_fallback(paths, fallback));
        let app = init_service(app).await;
        let request = TestRequest::with_uri("/A/X%20y/?q=1").to_request();
        assert_eq!(call_and_read_body(&app, request).await, "X y /a/X%20y?q=1");
        for (method, uri) in [(Method::POST, "/A/x"), (Method::GET, "/b")] {
            let request = TestRequest::with_uri(uri).method(method).to_request();
            assert_eq!(call_service(&app, request).await.status(), StatusCode::IM_A_TEAPOT);
        }
    }
}
