//! Every port of every service, seen from the socket.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpStream},
    time::Duration,
};

use integration_tests::suite::{Mode, Suite};

/// Sends a request in pieces, the last of them after the response has begun; gives the whole response.
fn send(address: &str, pieces: &[&str]) -> std::io::Result<String> {
    let mut socket = TcpStream::connect(address)?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(Duration::from_secs(30)))?;
    let (first, more) = pieces.split_first().unwrap();
    socket.write_all(first.as_bytes())?;
    let mut response = vec![0; 12];
    socket.read_exact(&mut response)?;
    for piece in more {
        socket.write_all(piece.as_bytes())?;
    }
    socket.shutdown(Shutdown::Write)?;
    socket.read_to_end(&mut response)?;
    Ok(String::from_utf8_lossy(&response).into_owned())
}

#[test]
fn a_malformed_request_in_several_writes_is_answered_400_by_every_port() -> anyhow::Result<()> {
    let suite = Suite::start("connections", Mode::OneProcess)?;
    for service in contracts::services::names() {
        let own = suite.setting(&format!("FOLKMOOT_{}_LISTEN", service.to_uppercase()));
        for address in [own, suite.admin(service)] {
            for path in ["/", "/v1/geo/postcodes", "/postcodes/?lon=0&lat=52"] {
                let line = format!("GET {path} \u{1}");
                let pieces = [line.as_str(), "HTTP/1.1\r\n", "host: folkmoot\r\n", "\r\n", "more"];
                let response = send(address, &pieces)?;
                assert!(response.starts_with("HTTP/1.1 400"), "{service} {path}: {response}");
            }
        }
    }
    Ok(())
}
