//! What handlers, consumers and jobs of messaging are given.

use std::sync::Arc;

use anyhow::Context as _;
use kit::{
    clock::Clock, db::Db, events::relay::Wake, id::Ids, jobs::Nudge, keyring::Keyring, service::Kit,
};

use crate::{
    config::Config,
    mail::{dkim::Signer, smtp::Relay, token::TokenKey},
};

/// The service's parts.
pub struct App {
    /// The pool.
    pub db: Db,
    /// Time.
    pub clock: Clock,
    /// Ids and random tokens.
    pub ids: Ids,
    /// Wakes the relay to Kafka.
    pub wake: Wake,
    /// Wakes the sending job.
    pub nudge: Nudge,
    /// Keys of people.
    pub keyring: Keyring,
    /// The way out.
    pub(crate) mailer: Mailer,
}

/// Everything about the way out.
pub(crate) struct Mailer {
    /// SMTP.
    pub relay: Relay,
    /// DKIM.
    pub signer: Arc<Signer>,
    /// Tokens in our addresses.
    pub tokens: TokenKey,
    /// Our domain.
    pub domain: String,
    /// Where bounces go.
    pub bounce_domain: String,
    /// Reserved domains are refused as recipients.
    pub real: bool,
}

impl App {
    /// Builds the parts.
    pub fn new(config: &Config, kit: &Kit) -> anyhow::Result<Self> {
        let signer = Signer::new(config.dkim_key.expose(), &config.domain, &config.selector)
            .context("FOLKMOOT_MESSAGING_DKIM_KEY")?;
        let mailer = Mailer {
            relay: Relay::new(config.target.clone(), &config.domain)?,
            signer: Arc::new(signer),
            tokens: TokenKey::new(&config.token_key),
            domain: config.domain.clone(),
            bounce_domain: config.bounce_domain.clone(),
            real: config.real,
        };
        Ok(Self {
            db: kit.db()?,
            clock: kit.clock.clone(),
            ids: kit.ids,
            wake: kit.wake.clone(),
            nudge: kit.nudge.clone(),
            keyring: kit.keyring()?,
            mailer,
        })
    }
}
