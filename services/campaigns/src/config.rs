//! The service's settings.

use kit::config::Env;

/// What an operator can set.
pub struct Config {
    /// `FOLKMOOT_PUBLIC_URL`: where supporters reach the gateway; links in emails start with it.
    pub public_url: String,
}

impl Config {
    /// Reads the settings.
    pub fn from_env(env: &mut Env) -> Self {
        let text = env.text("FOLKMOOT_PUBLIC_URL", "http://127.0.0.1:8080");
        let is_http =
            url::Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !is_http {
            env.error("FOLKMOOT_PUBLIC_URL: not an http or https URL");
        }
        Self { public_url: text.trim_end_matches('/').to_owned() }
    }
}
