//! The settings of one suite.

use std::{collections::BTreeMap, path::Path};

use contracts::services;
use xtask::stack::Stack;

use crate::places;

/// All settings of `folkmoot`: the parts' addresses, its roles, ports of its own, the catcher.
pub(crate) fn of(dir: &Path, stack: &Stack) -> anyhow::Result<BTreeMap<String, String>> {
    let mut env = BTreeMap::new();
    let mut set = |name: String, value: String| env.insert(name, value);
    set("DATABASE_URL".to_owned(), stack.postgres.url());
    set("KAFKA_BROKERS".to_owned(), stack.kafka.url());
    set("REDIS_URL".to_owned(), stack.redis.url());
    for service in services::names() {
        let upper = service.to_uppercase();
        let port = places::port()?;
        let database = if service == "keyring" { "folkmoot_keyring" } else { "folkmoot" };
        let url = stack.postgres.url_of(&format!("folkmoot_{service}"), "test", database);
        set(format!("FOLKMOOT_{upper}_DATABASE_URL"), url);
        set(format!("FOLKMOOT_{upper}_LISTEN"), format!("127.0.0.1:{port}"));
        set(format!("FOLKMOOT_{upper}_URL"), format!("http://127.0.0.1:{port}"));
        set(format!("FOLKMOOT_{upper}_ADMIN_LISTEN"), format!("127.0.0.1:{}", places::port()?));
        if service == "gateway" {
            set("FOLKMOOT_PUBLIC_URL".to_owned(), format!("http://127.0.0.1:{port}"));
        }
    }
    set("FOLKMOOT_ADMIN_LISTEN".to_owned(), format!("127.0.0.1:{}", places::port()?));
    set("FOLKMOOT_MAIL".to_owned(), "catch".to_owned());
    set("FOLKMOOT_MAIL_CATCH".to_owned(), format!("127.0.0.1:{}", places::port()?));
    set(
        "FOLKMOOT_POSTCODES_FILE".to_owned(),
        dir.join("data/postcodes.bin").to_string_lossy().into_owned(),
    );
    set("FOLKMOOT_CONFIRM_PAUSE_MS".to_owned(), "0".to_owned());
    set("FOLKMOOT_GATEWAY_LIMIT_SCALE".to_owned(), "10000".to_owned());
    Ok(env)
}
