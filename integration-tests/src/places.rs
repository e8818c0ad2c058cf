//! Where a story runs: its folder, its ports, and the few real postcodes it needs.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU16, Ordering},
};

use anyhow::Context as _;
use contracts::values::postcode::Postcode;
use postcodes::dataset::{
    builder::{Builder, Names, Row},
    format::About,
    image::Month,
    kind::Kind,
};

/// Below the range the kernel takes for outgoing connections, so that a port stays free until it is bound.
const FIRST_PORT: u16 = 20_000;
const PORTS: u16 = 12_000;
static NEXT_PORT: AtomicU16 = AtomicU16::new(0);

/// A setting of the task runner.
#[expect(
    clippy::disallowed_methods,
    reason = "tests are configured by the task runner, not by kit::config"
)]
pub fn setting(name: &str) -> anyhow::Result<String> {
    std::env::var(name)
        .with_context(|| format!("{name} is not set: run the tests with `cargo xtask test`"))
}

/// A new empty folder for one story.
pub fn folder(story: &str) -> anyhow::Result<PathBuf> {
    let dir =
        Path::new(&setting("FOLKMOOT_TEST_DIR")?).join(format!("{story}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).with_context(|| format!("failed to create {}", dir.display()))?;
    Ok(dir)
}

/// A port that is free now and was not returned to this process before.
pub fn port() -> anyhow::Result<u16> {
    let spread = u16::try_from(std::process::id() % 60)? * 200;
    for _ in 0..PORTS {
        let step = NEXT_PORT.fetch_add(1, Ordering::Relaxed);
        let port = FIRST_PORT + (spread + step) % PORTS;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    anyhow::bail!("no free port")
}

/// A directory of a few postcodes that lie in the demo's outlines.
pub fn write_postcodes(out: &Path) -> anyhow::Result<()> {
    let mut builder = Builder::new()?;
    let places = [
        ("CB2 1TN", 0.1218, 52.2054),
        ("M2 5DB", -2.2445, 53.4794),
        ("OX4 1AA", -1.2165, 51.752),
        ("OX4 2AB", -1.21, 51.743),
    ];
    for (text, longitude, latitude) in places {
        builder.push(&Row {
            postcode: Postcode::parse(text).map_err(|_malformed| anyhow::anyhow!("{text}"))?,
            grid: None,
            degrees: Some((longitude, latitude)),
            quality: Some(1),
            introduced: Month::parse("198001"),
            terminated: None,
            areas: &[(Kind::Country, "E92000001")],
        });
    }
    let about = About {
        name: "A few places".to_owned(),
        version: "1".to_owned(),
        released: None,
        licence: "Apache-2.0".to_owned(),
        attribution: vec![],
        postcodes: 0,
        located: 0,
        terminated: Some(0),
        constituency_generation: None,
    };
    builder.write(about, &Names::new(), out)?;
    Ok(())
}
