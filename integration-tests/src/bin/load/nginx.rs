//! Debian's nginx with one static body, for comparison: the same machine, the same load, the same bytes.

use std::{fs, path::PathBuf, process::Command};

use anyhow::ensure;
use integration_tests::{places, suite::wait};
use xtask::stack::process::Process;

use crate::Bench;

/// How nginx is configured.
#[derive(Clone, Copy)]
pub(crate) enum Setting {
    /// As Debian's package configures it, except for the site, which is one folder: with an access log, as the service has.
    Shipped,
    /// As an operator who wants only speed may configure it: no log, the file kept open, connections that stay open.
    Tuned,
}

/// A running nginx, which is stopped when this is dropped.
pub(crate) struct Nginx {
    pub(crate) base: String,
    process: Process,
    folder: PathBuf,
}

impl Nginx {
    /// Serves the body at `/body.json`, with as many workers as the service has.
    pub(crate) fn start(
        bench: &Bench,
        workers: u32,
        setting: Setting,
        body: &str,
    ) -> anyhow::Result<Self> {
        let folder = bench.suite.dir.join("nginx");
        fs::create_dir_all(folder.join("www"))?;
        fs::write(folder.join("www/body.json"), body)?;
        let port = places::port()?;
        let (conf, dir) = (folder.join("nginx.conf"), folder.display().to_string());
        fs::write(&conf, configuration(&dir, workers, setting, port))?;
        let mut command = Command::new("nginx");
        command.args(["-p", &dir, "-e", &format!("{dir}/error.log"), "-c"]).arg(&conf);
        let process = Process::spawn("nginx", &mut command, &folder.join("nginx.log"))?;
        let base = format!("http://127.0.0.1:{port}");
        let nginx = Self { base, process, folder };
        wait("nginx", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok())?;
        Ok(nginx)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.process.stop();
        // It has a line for each request: hundreds of megabytes.
        let _ = fs::remove_file(self.folder.join("access.log"));
    }
}

/// Fails where nginx is not installed.
pub(crate) fn ensure_there() -> anyhow::Result<()> {
    let is_installed =
        Command::new("nginx").arg("-v").output().is_ok_and(|output| output.status.success());
    ensure!(is_installed, "nginx is not installed: there is nothing to compare with");
    Ok(())
}

fn configuration(dir: &str, workers: u32, setting: Setting, port: u16) -> String {
    let speed = match setting {
        Setting::Shipped => format!("gzip on; access_log {dir}/access.log;"),
        Setting::Tuned => "access_log off; tcp_nodelay on; open_file_cache max=10;\
                           keepalive_requests 100000000;"
            .to_owned(),
    };
    format!(
        "daemon off; pid {dir}/nginx.pid; worker_processes {workers};\n\
         user root;\n\
         events {{ worker_connections 1024; }}\n\
         http {{\n\
           sendfile on; tcp_nopush on; default_type application/json; {speed}\n\
           client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fcgi;\n\
           uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;\n\
           server {{ listen 127.0.0.1:{port}; root {dir}/www; }}\n\
         }}\n"
    )
}
