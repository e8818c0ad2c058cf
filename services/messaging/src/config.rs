//! Settings of messaging. Real mail leaves only when everything says so: mode, relay, a domain of one's own, real keys.

use std::net::SocketAddr;

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use kit::{config::Env, secret::Secret};

use crate::mail::smtp::Target;

/// Shortest key of the tokens, in bytes.
const MIN_TOKEN_KEY: usize = 32;
/// Domains that belong to nobody (RFC 2606, RFC 6761) and ends of such domains.
const RESERVED: &[&str] = &[
    "test",
    "example",
    "invalid",
    "localhost",
    "local",
    "internal",
    "onion",
    "example.com",
    "example.net",
    "example.org",
];

/// What messaging is told by its environment.
#[derive(Debug)]
pub struct Config {
    /// Where mail goes.
    pub target: Target,
    /// Reserved domains are refused as recipients.
    pub real: bool,
    /// The domain of From, DKIM and Message-ID.
    pub domain: String,
    /// The domain of MAIL FROM.
    pub bounce_domain: String,
    /// DKIM selector.
    pub selector: String,
    /// DKIM key.
    pub dkim_key: Secret,
    /// Key of the tokens in our addresses.
    pub token_key: Vec<u8>,
}

impl Config {
    /// Reads the settings; faults are gathered in `env`.
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
        let real = mode == "send";
        let target = match mode.as_str() {
            "catch" => caught(env, catch, relay.as_deref()),
            "send" => {
                refuse_unreal(env, &domain, dev_keys);
                sent(env, relay.as_deref()).unwrap_or(Target::Catcher(catch))
            }
            _ => {
                env.fault("FOLKMOOT_MAIL is neither `catch` nor `send`");
                Target::Catcher(catch)
            }
        };
        let bounce_domain = bounce.unwrap_or_else(|| format!("bounce.{domain}"));
        Self { target, real, domain, bounce_domain, selector, dkim_key, token_key }
    }
}

/// Whether a domain can have no mailbox in the world.
pub(crate) fn is_reserved(domain: &str) -> bool {
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    RESERVED.iter().any(|end| {
        domain.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

fn token_key(env: &mut Env) -> Vec<u8> {
    let text = env.secret("FOLKMOOT_MESSAGING_TOKEN_KEY");
    let key = B64.decode(text.expose()).unwrap_or_default();
    if !text.is_empty() && key.len() < MIN_TOKEN_KEY {
        env.fault("FOLKMOOT_MESSAGING_TOKEN_KEY is not the base64 of at least 32 bytes");
    }
    key
}

fn caught(env: &mut Env, catch: SocketAddr, relay: Option<&str>) -> Target {
    if !catch.ip().is_loopback() {
        env.fault(
            "FOLKMOOT_MAIL_CATCH is not on this machine: a catcher is reached by loopback only",
        );
    }
    if relay.is_some() {
        env.fault("FOLKMOOT_MESSAGING_RELAY is set although FOLKMOOT_MAIL is `catch`: say which one you mean");
    }
    Target::Catcher(catch)
}

fn refuse_unreal(env: &mut Env, domain: &str, dev_keys: bool) {
    if is_reserved(domain) || !domain.contains('.') {
        env.fault("FOLKMOOT_MESSAGING_DOMAIN is not a domain that can send: set your own");
    }
    if dev_keys {
        env.fault("FOLKMOOT_DEV_KEYS: keys made for development must not sign real mail");
    }
}

fn sent(env: &mut Env, relay: Option<&str>) -> Option<Target> {
    let Some(relay) = relay else {
        env.fault("FOLKMOOT_MESSAGING_RELAY is not set although FOLKMOOT_MAIL is `send`");
        return None;
    };
    let parts = relay.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
    let Some((host, port)) = parts.filter(|(host, _)| !host.is_empty()) else {
        env.fault("FOLKMOOT_MESSAGING_RELAY is not host:port");
        return None;
    };
    Some(Target::Relay { host: host.to_owned(), port })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(pairs: &[(&str, &str)]) -> String {
        let key = B64.encode([7; 32]);
        let all = [("FOLKMOOT_MESSAGING_DKIM_KEY", "x"), ("FOLKMOOT_MESSAGING_TOKEN_KEY", &key)];
        let mut env = Env::from_pairs(all.iter().chain(pairs).map(|(k, v)| (*k, *v)));
        let _ = Config::from_env(&mut env);
        env.finish().err().map(|e| e.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_default_catches_and_needs_no_more_than_keys() {
        assert_eq!(faults(&[]), "");
    }

    #[test]
    fn catching_reaches_only_this_machine_and_knows_no_relay() {
        assert!(faults(&[("FOLKMOOT_MAIL_CATCH", "10.0.0.1:25")]).contains("loopback"));
        assert!(faults(&[("FOLKMOOT_MESSAGING_RELAY", "smtp.uk:587")]).contains("say which one"));
        assert!(faults(&[("FOLKMOOT_MAIL", "perhaps")]).contains("neither"));
    }

    #[test]
    fn sending_needs_a_relay_a_real_domain_and_real_keys() {
        let valid = [
            ("FOLKMOOT_MAIL", "send"),
            ("FOLKMOOT_MESSAGING_RELAY", "smtp.mill-lane.uk:587"),
            ("FOLKMOOT_MESSAGING_DOMAIN", "mail.mill-lane.uk"),
        ];
        assert_eq!(faults(&valid), "");
        let with = |name, value| faults(&[&valid[..], &[(name, value)]].concat());
        assert!(with("FOLKMOOT_MESSAGING_RELAY", "").contains("not set although"));
        assert!(with("FOLKMOOT_MESSAGING_RELAY", "smtp").contains("host:port"));
        assert!(with("FOLKMOOT_MESSAGING_DOMAIN", "x.test").contains("can send"));
        assert!(with("FOLKMOOT_DEV_KEYS", "1").contains("development"));
    }

    #[test]
    fn reserved_domains_are_known_with_their_children_only() {
        for domain in ["test", "a.TEST", "example.com", "x.example.com.", "localhost", "a.invalid"]
        {
            assert!(is_reserved(domain), "{domain}");
        }
        for domain in ["parliament.uk", "contest", "myexample.com", "latest.uk"] {
            assert!(!is_reserved(domain), "{domain}");
        }
    }
}
