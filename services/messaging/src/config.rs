//! The service's settings. Real email leaves only when mode, relay, domain and keys all say so.

use std::net::SocketAddr;

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use kit::{config::Env, secret::Secret};
use lettre::transport::smtp::{authentication::Credentials, client::Certificate};

use crate::mail::{address::is_reserved, client::Target};

/// Shortest key for the tokens, in bytes.
const MIN_TOKEN_KEY: usize = 32;
/// What an operator can set.
pub struct Config {
    /// `FOLKMOOT_MAIL_CATCH` or `FOLKMOOT_MESSAGING_RELAY`.
    pub(crate) target: Target,
    /// `FOLKMOOT_MAIL` is `send`: then recipients at reserved domains are refused.
    pub(crate) is_real: bool,
    /// `FOLKMOOT_MESSAGING_DOMAIN`: of From, DKIM and Message-ID.
    pub(crate) domain: String,
    /// `FOLKMOOT_MESSAGING_BOUNCE_DOMAIN`: of MAIL FROM.
    pub(crate) bounce_domain: String,
    /// `FOLKMOOT_MESSAGING_DKIM_SELECTOR`
    pub(crate) selector: String,
    /// `FOLKMOOT_MESSAGING_DKIM_KEY`
    pub(crate) dkim_key: Secret,
    /// `FOLKMOOT_MESSAGING_TOKEN_KEY`: for the tokens in our addresses.
    pub(crate) token_key: Vec<u8>,
}

impl Config {
    /// Reads the settings; errors are collected in `env`.
    pub fn from_env(env: &mut Env) -> Self {
        let mode = env.text("FOLKMOOT_MAIL", "catch");
        let catch = env.parse_or("FOLKMOOT_MAIL_CATCH", SocketAddr::from(([127, 0, 0, 1], 2525)));
        let relay = env.optional("FOLKMOOT_MESSAGING_RELAY");
        let domain = env.text("FOLKMOOT_MESSAGING_DOMAIN", "folkmoot.test").to_ascii_lowercase();
        let bounce = env.optional("FOLKMOOT_MESSAGING_BOUNCE_DOMAIN");
        let dev_keys = env.optional("FOLKMOOT_DEV_KEYS").is_some_and(|set| set != "0");
        let selector = env.text("FOLKMOOT_MESSAGING_DKIM_SELECTOR", "folkmoot");
        let dkim_key = env.secret("FOLKMOOT_MESSAGING_DKIM_KEY");
        let token_key = token_key(env);
        let is_real = mode == "send";
        let target = match mode.as_str() {
            "catch" => catcher(env, catch, relay.as_deref()),
            "send" => {
                check_real(env, &domain, dev_keys);
                smtp_relay(env, relay.as_deref()).unwrap_or(Target::Catcher(catch))
            }
            _ => {
                env.error("FOLKMOOT_MAIL is neither `catch` nor `send`");
                Target::Catcher(catch)
            }
        };
        let bounce_domain = bounce.unwrap_or_else(|| format!("bounce.{domain}"));
        Self { target, is_real, domain, bounce_domain, selector, dkim_key, token_key }
    }
}

fn token_key(env: &mut Env) -> Vec<u8> {
    let text = env.secret("FOLKMOOT_MESSAGING_TOKEN_KEY");
    // Tokens are stored with their deliveries: only the current key, the first one, is ever needed.
    let current = text.expose().split(',').next().unwrap_or_default();
    let key = B64.decode(current.trim()).unwrap_or_default();
    if !text.is_empty() && key.len() < MIN_TOKEN_KEY {
        env.error("FOLKMOOT_MESSAGING_TOKEN_KEY is not the base64 of at least 32 bytes");
    }
    key
}

fn catcher(env: &mut Env, catch: SocketAddr, relay: Option<&str>) -> Target {
    if !catch.ip().is_loopback() {
        env.error(
            "FOLKMOOT_MAIL_CATCH is not on this machine: a catcher is reached by loopback only",
        );
    }
    if relay.is_some() {
        env.error("FOLKMOOT_MESSAGING_RELAY is set although FOLKMOOT_MAIL is `catch`: say which one you mean");
    }
    Target::Catcher(catch)
}

/// Whether email from a domain can be real.
pub fn can_send(domain: &str) -> bool {
    domain.contains('.') && !is_reserved(domain)
}

fn check_real(env: &mut Env, domain: &str, dev_keys: bool) {
    if !can_send(domain) {
        env.error("FOLKMOOT_MESSAGING_DOMAIN is not a domain that can send: set your own");
    }
    if dev_keys {
        env.error("FOLKMOOT_DEV_KEYS: keys made for development must not sign real mail");
    }
}

fn smtp_relay(env: &mut Env, relay: Option<&str>) -> Option<Target> {
    let Some(relay) = relay else {
        env.error("FOLKMOOT_MESSAGING_RELAY is not set although FOLKMOOT_MAIL is `send`");
        return None;
    };
    let parts = relay.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
    let Some((host, port)) = parts.filter(|(host, _)| !host.is_empty()) else {
        env.error("FOLKMOOT_MESSAGING_RELAY is not host:port");
        return None;
    };
    let (authority, credentials) = (relay_authority(env), relay_credentials(env));
    Some(Target::Relay { host: host.to_owned(), port, authority, credentials })
}

/// What a relay knows us by, if it asks.
fn relay_credentials(env: &mut Env) -> Option<Credentials> {
    let user = env.optional("FOLKMOOT_MESSAGING_RELAY_USER");
    let password = env.optional_secret("FOLKMOOT_MESSAGING_RELAY_PASSWORD");
    if user.is_some() != password.is_some() {
        env.error(
            "FOLKMOOT_MESSAGING_RELAY_USER and FOLKMOOT_MESSAGING_RELAY_PASSWORD belong together: set both or neither",
        );
    }
    user.zip(password).map(|(user, password)| Credentials::new(user, password.expose().to_owned()))
}

/// The authority of a relay inside an organisation.
fn relay_authority(env: &mut Env) -> Option<Certificate> {
    let file = env.optional("FOLKMOOT_MESSAGING_RELAY_CA_FILE")?;
    let read = || {
        let pem = std::fs::read(&file)?;
        let text = String::from_utf8_lossy(&pem);
        anyhow::ensure!(text.contains("-----BEGIN CERTIFICATE-----"), "it has no certificate");
        Ok(Certificate::from_pem(&pem)?)
    };
    read()
        .map_err(|error| env.error(format!("FOLKMOOT_MESSAGING_RELAY_CA_FILE: {file}: {error}")))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(pairs: &[(&str, &str)]) -> String {
        let key = B64.encode([7; 32]);
        let all = [("FOLKMOOT_MESSAGING_DKIM_KEY", "x"), ("FOLKMOOT_MESSAGING_TOKEN_KEY", &key)];
        let mut env = Env::from_pairs(all.iter().chain(pairs).map(|(k, v)| (*k, *v)));
        let _ = Config::from_env(&mut env);
        env.finish().err().map(|e| e.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_default_catches_and_needs_no_more_than_keys() {
        assert_eq!(errors(&[]), "");
    }

    #[test]
    fn the_first_token_key_is_the_current_one() {
        let keys = format!("{}, {}", B64.encode([8; 32]), B64.encode([7; 32]));
        let mut env = Env::from_pairs([("FOLKMOOT_MESSAGING_TOKEN_KEY", keys)]);
        assert_eq!(token_key(&mut env), [8; 32]);
        env.finish().unwrap();
    }

    #[test]
    fn catching_reaches_only_this_machine_and_knows_no_relay() {
        assert!(errors(&[("FOLKMOOT_MAIL_CATCH", "10.0.0.1:25")]).contains("loopback"));
        assert!(errors(&[("FOLKMOOT_MESSAGING_RELAY", "smtp.uk:587")]).contains("say which one"));
        assert!(errors(&[("FOLKMOOT_MAIL", "perhaps")]).contains("neither"));
    }

    #[test]
    fn sending_needs_a_relay_a_real_domain_and_real_keys() {
        let valid = [
            ("FOLKMOOT_MAIL", "send"),
            ("FOLKMOOT_MESSAGING_RELAY", "smtp.mill-lane.uk:587"),
            ("FOLKMOOT_MESSAGING_DOMAIN", "mail.mill-lane.uk"),
        ];
        assert_eq!(errors(&valid), "");
        let with = |name, value| errors(&[&valid[..], &[(name, value)]].concat());
        assert!(with("FOLKMOOT_MESSAGING_RELAY", "").contains("not set although"));
        assert!(with("FOLKMOOT_MESSAGING_RELAY", "smtp").contains("host:port"));
        assert!(with("FOLKMOOT_MESSAGING_RELAY_CA_FILE", "/dev/null").contains("no certificate"));
        assert!(with("FOLKMOOT_MESSAGING_RELAY_USER", "us").contains("both or neither"));
        assert!(with("FOLKMOOT_MESSAGING_RELAY_PASSWORD", "x").contains("both or neither"));
        assert!(with("FOLKMOOT_MESSAGING_DOMAIN", "x.test").contains("can send"));
        assert!(with("FOLKMOOT_DEV_KEYS", "1").contains("development"));
    }
}
