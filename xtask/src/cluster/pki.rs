//! The credentials of one cluster: keys by openssl, and a token and a kubeconfig for each component. They are made at each
//! start and deleted at its end.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use anyhow::Context as _;

use super::home::Home;
use super::network::{API_PORT, NODE_ADDRESS};
use crate::stack::{host, process};

/// File name, user and groups of each token. The names of users are those that Kubernetes' built-in roles are bound to.
const USERS: [(&str, &str, &str); 6] = [
    ("admin", "admin", "system:masters"),
    ("kube-controller-manager", "system:kube-controller-manager", ""),
    ("kube-scheduler", "system:kube-scheduler", ""),
    ("kube-proxy", "system:kube-proxy", ""),
    ("kubelet", "system:node:node1", "system:nodes"),
    ("kubelet-fm-node2", "system:node:fm-node2", "system:nodes"),
];

/// Makes everything.
pub(super) fn make(home: &Home) -> anyhow::Result<()> {
    home.write("pki/readme", "Of one run of the cluster; deleted when it stops.\n")?;
    for dir in ["pki", "kubeconfig"] {
        fs::create_dir_all(home.at(dir)).context("failed to create a folder of credentials")?;
        fs::set_permissions(home.at(dir), fs::Permissions::from_mode(0o700))
            .context("failed to close a folder of credentials")?;
    }
    let genpkey = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
    openssl(home, Command::new("openssl").args(genpkey).args(["-out", "service-account.key"]))?;
    let public = ["pkey", "-in", "service-account.key", "-pubout", "-out", "service-account.pub"];
    openssl(home, Command::new("openssl").args(public))?;
    certificate(home, "ca", "/CN=folkmoot-cluster", &[])?;
    certificate(home, "kubelet-client", "/O=system:masters/CN=kube-apiserver", &BY_CA)?;
    certificate(home, "front-proxy", "/CN=front-proxy-client", &BY_CA)?;
    tokens(home)
}

/// A certificate for a server at an address, unless there is one.
pub(super) fn server(home: &Home, name: &str, address: &str) -> anyhow::Result<()> {
    if home.at(&format!("pki/{name}.crt")).exists() {
        return Ok(());
    }
    let (address, end) =
        (format!("subjectAltName=IP:{address}"), "basicConstraints=critical,CA:FALSE");
    let extensions = ["-addext", &address, "-addext", end];
    certificate(home, name, &format!("/CN={name}"), &[&BY_CA[..], &extensions[..]].concat())
}

const BY_CA: [&str; 4] = ["-CA", "ca.crt", "-CAkey", "ca.key"];

fn certificate(home: &Home, name: &str, subject: &str, more: &[&str]) -> anyhow::Result<()> {
    let mut command = Command::new("openssl");
    command
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "30", "-subj", subject, "-keyout", &format!("{name}.key")])
        .args(["-out", &format!("{name}.crt")])
        .args(more);
    openssl(home, &mut command)
}

fn openssl(home: &Home, command: &mut Command) -> anyhow::Result<()> {
    process::run("openssl", command.current_dir(home.at("pki")), &home.log("openssl"))
}

fn tokens(home: &Home) -> anyhow::Result<()> {
    let mut lines = Vec::new();
    for (name, user, groups) in USERS {
        let token = host::random_hex(16)?;
        lines.push(format!("{token},{user},{user},\"{groups}\"\n"));
        let ca = home.at("pki/api/apiserver.crt");
        let text = kubeconfig(&ca.display().to_string(), &token);
        host::write_secret(&home.kubeconfig(name), &text)?;
    }
    host::write_secret(&home.at("pki/tokens.csv"), &lines.concat())
}

fn kubeconfig(ca: &str, token: &str) -> String {
    format!(
        "apiVersion: v1
kind: Config
clusters:
- name: folkmoot
  cluster: {{server: 'https://{NODE_ADDRESS}:{API_PORT}', certificate-authority: '{ca}'}}
users:
- name: folkmoot
  user: {{token: {token}}}
contexts:
- name: folkmoot
  context: {{cluster: folkmoot, user: folkmoot}}
current-context: folkmoot
"
    )
}

#[cfg(test)]
mod tests {
    use super::super::network::{FIRST, SECOND};
    use super::*;

    #[test]
    fn each_component_has_its_own_token_that_only_root_reads() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path().to_owned());
        make(&home).unwrap();
        let tokens = fs::read_to_string(home.at("pki/tokens.csv")).unwrap();
        for (name, user, _) in USERS {
            let line = tokens.lines().find(|line| line.contains(&format!(",{user},"))).unwrap();
            let config = fs::read_to_string(home.kubeconfig(name)).unwrap();
            assert!(config.contains(line.split(',').next().unwrap()));
            let mode = fs::metadata(home.kubeconfig(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0);
        }
        for node in [FIRST, SECOND] {
            assert!(tokens.contains(&format!("system:node:{}", node.name)));
        }
    }
}
