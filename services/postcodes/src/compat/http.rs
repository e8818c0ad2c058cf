//! The two questions of postcodes.io about itself, and the paths it does not have.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError as _,
    http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue, LOCATION},
    web,
};
use kit::problem::Problem;

use super::{answer::Found, refused::Refused};
use crate::app::App;

/// `GET /v1/geo/ping`
pub async fn ping() -> Found {
    Found::new("pong")
}

/// `GET /v1/geo/ready`
pub async fn ready(app: web::Data<App>) -> Result<Found, Refused> {
    app.data()?;
    Ok(Found::new("Ready"))
}

/// Every path that is not in the table. The public service takes capitals, and a slash at the end; such a caller is sent to
/// the path as it stands in the table.
pub async fn elsewhere(req: HttpRequest) -> HttpResponse {
    let path = req.uri().path();
    if ["/v1/", "/internal/"].into_iter().any(|ours| path.starts_with(ours)) {
        return Problem::not_found("path").error_response();
    }
    let mut answer = match plain(path) {
        Some(plain) => {
            let query = req.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
            HttpResponse::PermanentRedirect().insert_header((LOCATION, plain + &query)).finish()
        }
        None => Refused::ResourceNotFound.error_response(),
    };
    answer.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    answer
}

/// The path in small letters and without slashes at the end; none if it is so already. A path that begins with two slashes
/// would send its caller to another host.
fn plain(path: &str) -> Option<String> {
    let plain = path.trim_end_matches('/').to_ascii_lowercase();
    let is_of_this_host = plain.as_bytes().get(1).is_some_and(u8::is_ascii_alphanumeric);
    (is_of_this_host && plain != path).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_path_is_made_plain_once_and_stays_on_this_host() {
        assert_eq!(plain("/Postcodes/OX4%201AA/").as_deref(), Some("/postcodes/ox4%201aa"));
        assert_eq!(plain("/postcodes//").as_deref(), Some("/postcodes"));
        for path in
            ["/postcodes/ox4", "/", "//", "//host.example/", "/\\host.example/", "/%2Fhost/"]
        {
            assert_eq!(plain(path), None, "{path}");
        }
    }
}
