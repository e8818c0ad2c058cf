//! Load by `wrk`, of Debian's package: requests made once before the load begins, asked for in turn.

use std::{fmt::Write as _, fs, process::Command, time::Duration};

use anyhow::{Context as _, ensure};

use crate::Bench;

/// One request.
pub(crate) struct Request {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// The figures that `wrk` prints.
pub(crate) struct Figures {
    /// Answers a second.
    pub(crate) rate: u64,
    /// The hundredth slowest of a hundred.
    pub(crate) p99: String,
    /// Answers that are no success, and broken connections.
    pub(crate) failed: String,
}

impl Request {
    pub(crate) fn get(path: String, token: Option<&str>) -> Self {
        let headers = token.map(|token| ("authorization", format!("Bearer {token}")));
        Self { method: "GET", path, headers: headers.into_iter().collect(), body: String::new() }
    }

    pub(crate) fn post(path: &str, json: String) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { method: "POST", path: path.to_owned(), headers, body: json }
    }
}

/// Asks for so long on so many connections.
pub(crate) fn run(
    bench: &Bench,
    base: &str,
    connections: u32,
    time: Duration,
    requests: &[Request],
) -> anyhow::Result<Figures> {
    let script = bench.suite.dir.join("wrk.lua");
    fs::write(&script, lua(requests)?)?;
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", "--latency", &format!("-c{connections}"), &format!("-d{}s", time.as_secs())]);
    let output = wrk.arg("-s").arg(&script).arg(base).output().context("failed to run wrk")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "wrk failed: {text}");
    figures(&text).with_context(|| text.clone())
}

fn figures(text: &str) -> Option<Figures> {
    let word = |beginning: &str| {
        let line = text.lines().map(str::trim).find(|line| line.starts_with(beginning))?;
        line.split_whitespace().last().map(str::to_owned)
    };
    let rate = word("Requests/sec:")?.split('.').next()?.parse().ok()?;
    let broken = text.lines().map(str::trim).find_map(|line| line.strip_prefix("Socket errors: "));
    let failed = [word("Non-2xx"), broken.map(|counts| format!("sockets: {counts}"))];
    let failed: Vec<String> = failed.into_iter().flatten().collect();
    let failed = if failed.is_empty() { "0".to_owned() } else { failed.join(", ") };
    Some(Figures { rate, p99: word("99%")?, failed })
}

/// The script: every request made once, before the load begins.
fn lua(requests: &[Request]) -> anyhow::Result<String> {
    let mut script = String::from("local asked = {\n");
    for request in requests {
        let headers: Vec<String> =
            request.headers.iter().map(|(name, value)| format!("['{name}'] = '{value}'")).collect();
        writeln!(
            script,
            "{{'{}', '{}', {{{}}}, [[{}]]}},",
            request.method,
            request.path,
            headers.join(", "),
            request.body
        )?;
    }
    script.push_str(
        "}\n\
         local requests, last = {}, 0\n\
         function init()\n\
           for at, one in ipairs(asked) do\n\
             local body = one[4]\n\
             if body == '' then body = nil end\n\
             requests[at] = wrk.format(one[1], one[2], one[3], body)\n\
           end\n\
         end\n\
         function request()\n\
           last = last % #requests + 1\n\
           return requests[last]\n\
         end\n",
    );
    Ok(script)
}
