//! What every handler, consumer and job is given.

use kit::{
    client::Peer,
    db::{Db, group::Group},
    keyring::Keyring,
    service::Kit,
};

use crate::{actions, campaigns, config::Config, counters, representatives};

/// The service's parts.
pub struct App {
    pub(crate) config: Config,
    pub(crate) kit: Kit,
    pub(crate) db: Db,
    pub(crate) keyring: Keyring,
    pub(crate) postcodes: Peer,
    pub(crate) submissions: Group<Option<actions::ops::Entry>>,
    pub(crate) campaigns: campaigns::cache::Cache,
    pub(crate) representatives: representatives::cache::Cache,
    pub(crate) counters: counters::cache::Cache,
}

impl App {
    pub(crate) fn new(config: Config, kit: Kit) -> anyhow::Result<Self> {
        let db = kit.db()?;
        Ok(Self {
            config,
            submissions: Group::new(db.clone(), "actions.create", actions::ops::submit),
            db,
            keyring: kit.keyring()?,
            postcodes: kit.peer("postcodes")?,
            campaigns: campaigns::cache::Cache::new(),
            representatives: representatives::cache::Cache::new(),
            counters: counters::cache::Cache::new(),
            kit,
        })
    }
}
