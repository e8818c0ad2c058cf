//! Web origins, as browsers send them in `Origin` (RFC 6454 §6.2).

/// The form in which two origins can be compared: lower case, without the scheme's default port. Text that is not an
/// origin only becomes lower case, and does not equal any origin.
pub fn normalize(origin: &str) -> String {
    let origin = origin.to_ascii_lowercase();
    let Some((scheme, authority)) = origin.split_once("://") else { return origin };
    let Some((host, port)) = authority.rsplit_once(':') else { return origin };
    let Ok(port) = port.parse::<u16>() else { return origin };
    match (scheme, port) {
        ("https", 443) | ("http", 80) => format!("{scheme}://{host}"),
        _ => format!("{scheme}://{host}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::normalize;

    #[test]
    fn default_ports_and_case_are_not_part_of_an_origin() {
        for (written, sent) in [
            ("https://Example.org:443", "https://example.org"),
            ("https://example.org:0443", "https://example.org"),
            ("http://localhost:80", "http://localhost"),
            ("https://[2001:db8::1]:443", "https://[2001:db8::1]"),
            ("https://[2001:db8::1]", "https://[2001:db8::1]"),
            ("https://example.org:80", "https://example.org:80"),
            ("http://localhost:443", "http://localhost:443"),
            ("https://example.org:08443", "https://example.org:8443"),
            ("https://example.org", "https://example.org"),
            ("null", "null"),
            ("https://example.org:", "https://example.org:"),
        ] {
            assert_eq!(normalize(written), sent, "{written}");
        }
    }
}
