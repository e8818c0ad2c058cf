//! Receivers on this machine that a development setting names: exact origins on loopback.

use url::{Host, Origin, Url};

/// Parses one receiver: `http` or `https`, a loopback address or `localhost`, and nothing after the port.
pub(crate) fn parse(text: &str) -> Option<Origin> {
    let url = Url::parse(text).ok()?;
    let is_loopback = match url.host()? {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        Host::Domain(name) => name == "localhost",
    };
    let is_web = matches!(url.scheme(), "http" | "https");
    let origin = url.origin();
    let is_bare = url.as_str() == format!("{}/", origin.ascii_serialization());
    (is_loopback && is_web && is_bare).then_some(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_origins_on_loopback_are_receivers() {
        for text in [
            "http://127.0.0.1:4000",
            "http://127.0.0.1:4000/",
            "https://127.8.8.8:4443",
            "http://[::1]:4000",
            "http://localhost:3000",
        ] {
            assert!(parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "1",
            "*",
            "127.0.0.1:4000",
            "http://*:4000",
            "http://10.0.0.1:4000",
            "http://0.0.0.0:4000",
            "http://[::ffff:10.0.0.1]:4000",
            "http://169.254.169.254",
            "http://example.org:4000",
            "http://localhost.example.org:4000",
            "http://127.0.0.1:4000/hook",
            "http://127.0.0.1:4000?x",
            "http://127.0.0.1:4000#x",
            "http://user@127.0.0.1:4000",
            "ftp://127.0.0.1:4000",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
