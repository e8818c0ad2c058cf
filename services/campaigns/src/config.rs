//! The service's settings.

use chrono::TimeDelta;
use kit::config::Env;

/// What an operator can set.
pub struct Config {
    /// `FOLKMOOT_PUBLIC_URL`: where supporters reach the gateway; links in emails start with it.
    pub public_url: String,
    /// `FOLKMOOT_CONFIRM_PAUSE_MS`: between showing a confirmation and confirming it lies at least so much time, which a
    /// person does not notice and a mail scanner does not wait.
    pub confirm_pause: TimeDelta,
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
        let pause_ms: u32 = env.parse("FOLKMOOT_CONFIRM_PAUSE_MS", "2000");
        Self {
            public_url: text.trim_end_matches('/').to_owned(),
            confirm_pause: TimeDelta::milliseconds(pause_ms.into()),
        }
    }
}
