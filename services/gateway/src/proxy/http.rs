//! The steps of a request through the gateway, in their order.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    dev::Payload,
    http::{
        Method, StatusCode,
        header::{CONTENT_LENGTH, HeaderValue},
    },
    web::{self, Bytes, Data},
};
use contracts::geolocation::CLIENT_ADDRESS;
use futures_util::{Stream, StreamExt as _, stream};
use kit::http::problem::Problem;

use self::access::Caller;
use super::client::{self, UpstreamRequest};
use crate::{
    app::App,
    edge::{self, client_info::ClientInfo},
    error::Error,
    table::Entry,
};

mod access;

/// The only headers of a caller that services get. None of them is one that the gateway itself vouches for.
const FORWARDED: &[&str] = &[
    "content-type",
    "accept",
    "accept-language",
    "if-match",
    "if-none-match",
    "idempotency-key",
    "x-request-id",
];
/// Responses of up to this many bytes are sent whole, longer ones are streamed.
const MAX_WHOLE: u64 = 64 * 1024;

/// Every route of the table that another service owns.
pub(crate) async fn forward(
    entry: &'static Entry,
    app: Data<App>,
    req: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let payload = payload.into_inner();
    edge::http::serve(&app, &req, async |client| {
        let caller = access::identify(entry, &app, &req, client).await?;
        access::count(entry, &app, &req, client, &caller).await?;
        access::check(entry, &app, &caller, client).await?;
        let body = read(entry, &req, payload).await?;
        send(entry, &app, &req, client, &caller, body).await
    })
    .await
}

async fn read(entry: &Entry, req: &HttpRequest, payload: Payload) -> Result<Bytes, Problem> {
    let announced = req.headers().get(CONTENT_LENGTH);
    let announced = announced.and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<usize>().ok());
    if announced.is_some_and(|length| length > entry.max_body) {
        return Err(Error::BodyTooLarge(entry.max_body).into());
    }
    let deadline = Duration::from_secs(entry.deadline_seconds);
    edge::http::body::read(payload, entry.max_body, deadline).await
}

/// Sends the request to its service, with an internal token in place of the credential, and returns the response.
async fn send(
    entry: &Entry,
    app: &App,
    req: &HttpRequest,
    client: &ClientInfo,
    caller: &Caller,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let deadline = Duration::from_secs(entry.deadline_seconds);
    let request = UpstreamRequest {
        service: entry.service,
        method: entry.method,
        is_head: req.method() == Method::HEAD,
        template: entry.path,
        path_and_query: req.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
        token: match caller {
            Caller::Holder(holder) => Some(app.tokens.for_holder(holder, entry.service)?),
            Caller::Link(tenant_id) => Some(app.tokens.for_link(*tenant_id, entry.service)?),
            Caller::Anonymous => None,
        },
        body: (!body.is_empty()).then(|| body.into()),
        deadline,
    };
    let address = entry.sends_address.then(|| client.ip.to_string());
    let address = address.iter().map(|text| (CLIENT_ADDRESS, text.as_bytes()));
    let response = app.upstream.send(request, headers(req, FORWARDED).chain(address)).await?;
    let headers = client::returned_headers(response.headers());
    let mut reply = reply(response.status().as_u16(), headers)?;
    if req.method() == Method::HEAD {
        return Ok(without_body(client::announced_length(&response), &mut reply));
    }
    if response.content_length().is_some_and(|length| length <= MAX_WHOLE) {
        let body = client::within(deadline, response.bytes()).await?;
        return Ok(reply.body(body.map_err(|error| client::failure(&error))?));
    }
    let parts = in_time(response.bytes_stream(), deadline, client::failure);
    Ok(reply.streaming(Box::pin(parts)))
}

/// A long body may take hours in all; each part of it comes within the deadline.
fn in_time<E>(
    parts: impl Stream<Item = Result<Bytes, E>>,
    deadline: Duration,
    failure: impl Fn(&E) -> Problem + Copy,
) -> impl Stream<Item = Result<Bytes, Problem>> {
    stream::try_unfold(Box::pin(parts), move |mut parts| async move {
        let part = client::within(deadline, parts.next()).await?.transpose();
        Ok(part.map_err(|error| failure(&error))?.map(|part| (part, parts)))
    })
}

/// The response to HEAD, with the length that the service announced.
fn without_body(length: Option<u64>, reply: &mut HttpResponseBuilder) -> HttpResponse {
    if let Some(length) = length {
        reply.no_chunking(length);
    }
    reply.streaming(stream::empty::<Result<Bytes, Problem>>())
}

/// The caller's response without its body.
fn reply<'a>(
    status: u16,
    headers: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> Result<HttpResponseBuilder, Problem> {
    let status = StatusCode::from_u16(status).ok();
    // With 401 the service refused the gateway's own token, which the caller cannot change.
    let status = status.filter(|status| *status != StatusCode::UNAUTHORIZED);
    let mut reply = HttpResponse::build(status.ok_or_else(|| Problem::unavailable("The service"))?);
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            reply.append_header((name, value));
        }
    }
    Ok(reply)
}

/// Those of a request's headers that have these names.
pub(crate) fn headers<'a>(
    req: &'a HttpRequest,
    names: &'static [&'static str],
) -> impl Iterator<Item = (&'static str, &'a [u8])> {
    let values = |name| req.headers().get_all(name).map(HeaderValue::as_bytes);
    names.iter().flat_map(move |name| values(*name).map(|value| (*name, value)))
}
