//! A download that takes longer than the time-outs of common controllers, as a large export over a slow line does.

use std::{
    io::Read as _,
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, ensure};
use integration_tests::driver::Driver;
use xtask::say;

use crate::ingress::{Door, PORT, authority};

/// As many rows as one request may have, each answered with everything about a postcode.
const ROWS: usize = 10_000;
/// A minute is a common limit of controllers for everything.
const SECONDS: u64 = 75;

/// A curl that reads slowly.
pub(crate) struct Download {
    curl: Child,
    size: u64,
}

impl Download {
    pub(crate) fn start(door: &Door, driver: &Driver) -> anyhow::Result<Self> {
        let whole = Self { curl: curl(door, driver, None)?, size: 0 }.read()?;
        let size = whole.1;
        let curl = curl(door, driver, Some(size / SECONDS))?;
        Ok(Self { curl, size })
    }

    pub(crate) fn end(self) -> anyhow::Result<()> {
        let wanted = self.size;
        let (version, size, seconds) = self.read()?;
        ensure!(size == wanted && seconds > 60.0, "{size} of {wanted} bytes in {seconds} s");
        say::line(format!("HTTP/{version}: {size} bytes downloaded in {seconds:.0} s"));
        Ok(())
    }

    /// The version of HTTP, the bytes and the seconds.
    fn read(mut self) -> anyhow::Result<(String, u64, f64)> {
        let mut text = String::new();
        self.curl.stdout.take().context("no output")?.read_to_string(&mut text)?;
        ensure!(self.curl.wait()?.success(), "curl failed: {text}");
        let mut words = text.split(' ').map(ToOwned::to_owned);
        let version = words.next().context("no version")?;
        let size = words.next().context("no size")?.parse()?;
        Ok((version, size, words.next().context("no time")?.parse()?))
    }
}

fn curl(door: &Door, driver: &Driver, bytes_a_second: Option<u64>) -> anyhow::Result<Child> {
    let rows = format!("{}/slow.csv", crate::command::setting("FOLKMOOT_CLUSTER")?);
    let text = format!("postcode\n{}", "OX4 1AA\n".repeat(ROWS));
    std::fs::write(&rows, text).context("failed to write the rows")?;
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--fail", "--output", "/dev/null"])
        .args(["--write-out", "%{http_version} %{size_download} %{time_total}"])
        .args(["--cacert", &authority()?])
        .args(["--resolve", &format!("{}:{PORT}:127.0.0.1", door.host)])
        .args(["--header", &format!("authorization: Bearer {}", driver.secret)])
        .args(["--header", "content-type: text/csv", "--data-binary", &format!("@{rows}")]);
    if let Some(rate) = bytes_a_second {
        curl.args(["--limit-rate", &rate.to_string()]);
    }
    curl.arg(format!("{}/v1/geo/bulk/lookup", door.url())).stdout(Stdio::piped());
    curl.spawn().context("failed to start curl")
}
