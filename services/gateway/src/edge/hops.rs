//! Parses the chains of addresses in `X-Forwarded-For` and `Forwarded` (RFC 7239), whoever wrote them.
//!
//! The grammar is parsed here because the crate for it (rfc7239) splits quoted strings at commas.

use std::net::{IpAddr, SocketAddr};

/// The address of one hop, unless it is hidden or cannot be parsed.
pub(super) type Hop = Option<IpAddr>;

/// The hops of `X-Forwarded-For`, the farthest first. Several lines of a header are one list (RFC 9110 §5.3).
pub(super) fn from_x_forwarded_for<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Vec<Hop> {
    lines.flat_map(|line| parse_list(&String::from_utf8_lossy(line))).collect()
}

/// The hops of `Forwarded`, the farthest first.
pub(super) fn from_forwarded<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Vec<Hop> {
    lines.flat_map(|line| parse_forwarded(&String::from_utf8_lossy(line))).collect()
}

/// `X-Forwarded-For`: addresses with or without a port, between commas.
fn parse_list(line: &str) -> Vec<Hop> {
    let hops = line.split(',').map(str::trim).filter(|hop| !hop.is_empty());
    hops.map(|hop| {
        hop.parse::<IpAddr>().ok().map(|ip| ip.to_canonical()).or_else(|| parse_node(hop))
    })
    .collect()
}

/// `Forwarded`: elements of parameters, of which `for` names a hop. A line that breaks the grammar names none: an open quote in
/// what the caller sent would hide what the proxy appended.
fn parse_forwarded(line: &str) -> Vec<Hop> {
    let Some(elements) = split(line, b',') else { return vec![None] };
    let elements = elements.into_iter().filter(|element| !element.trim().is_empty());
    elements.map(|element| parse_for(element).and_then(|name| parse_node(&name))).collect()
}

/// The value of an element's only `for`.
fn parse_for(element: &str) -> Option<String> {
    let mut hop = None;
    for pair in split(element, b';')?.into_iter().map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=')?;
        let value = unquote(value)?;
        if name.eq_ignore_ascii_case("for") && hop.replace(value).is_some() {
            return None;
        }
    }
    hop
}

/// A node (RFC 7239 §6): an address with or without a port, IPv6 in brackets. `unknown` and `_hidden` have no address.
fn parse_node(text: &str) -> Hop {
    if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return inner.parse().ok().map(IpAddr::V6).map(|ip| ip.to_canonical());
    }
    // A port may be hidden too.
    let (address, port) = text.rsplit_once(':').unwrap_or((text, "0"));
    let port = if port.starts_with('_') { "0" } else { port };
    if address.starts_with('[') {
        let socket: SocketAddr = format!("{address}:{port}").parse().ok()?;
        return Some(socket.ip().to_canonical());
    }
    port.parse::<u16>().ok()?;
    address.parse().ok().map(IpAddr::V4)
}

/// Splits at a separator outside of quoted strings; none if a quoted string does not end.
fn split(text: &str, separator: u8) -> Option<Vec<&str>> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if byte == separator && !quoted => {
                parts.push(text.get(start..at)?);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..)?);
    (!quoted).then_some(parts)
}

/// A value: a token, or a quoted string without its quotes and escapes.
fn unquote(value: &str) -> Option<String> {
    let Some(rest) = value.strip_prefix('"') else {
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        // Strictly, an IPv4 address with a port has to be quoted; not every proxy does.
        let fits = !value.is_empty() && value.bytes().all(|b| is_token(b) || b == b':');
        return fits.then(|| value.to_owned());
    };
    let (mut text, mut escaped) = (String::new(), false);
    for (at, c) in rest.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => {
                escaped = true;
                continue;
            }
            '"' => return (at + 1 == rest.len()).then_some(text),
            _ => {}
        }
        text.push(c);
    }
    None
}
