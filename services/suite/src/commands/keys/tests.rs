//! Both kinds of installation, in folders of their own.

use std::{
    collections::{BTreeMap, BTreeSet},
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
};

use kit::config::Env;

use super::*;
use crate::services::SERVICES;

type Settings = BTreeMap<String, String>;

/// A folder that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("folkmoot-keys-{}", Ids.next().simple())))
    }

    fn settings(&self, file: &str) -> Settings {
        let text = fs::read_to_string(self.0.join(file)).unwrap();
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn of_service(&self, service: &str) -> Settings {
        self.settings(&format!("{service}.env"))
    }

    fn contents(&self) -> BTreeMap<PathBuf, String> {
        let entries = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path());
        entries.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What an installation must choose.
fn chosen(service: &str) -> Settings {
    let url = format!("postgres://{service}:p@db/folkmoot?sslmode=verify-full");
    let settings = [
        (format!("FOLKMOOT_{}_DATABASE_URL", service.to_uppercase()), url),
        ("KAFKA_BROKERS".to_owned(), "kafka:9092".to_owned()),
        ("REDIS_URL".to_owned(), "rediss://cache".to_owned()),
        ("FOLKMOOT_MAIL".to_owned(), "send".to_owned()),
        ("FOLKMOOT_MESSAGING_RELAY".to_owned(), "smtp.mill-lane.uk:587".to_owned()),
    ];
    settings.into_iter().collect()
}

#[test]
fn each_service_starts_with_its_own_file_and_what_an_installation_chooses() {
    let folder = Folder::new();
    generate(&folder.0, "mail.mill-lane.uk").unwrap();
    for entry in SERVICES {
        let settings = folder.of_service(entry.name).into_iter().chain(chosen(entry.name));
        let mut env = Env::from_pairs(settings);
        (entry.check)(&mut env);
        env.finish().unwrap_or_else(|errors| panic!("{}: {errors}", entry.name));
    }
}

#[test]
fn a_service_sees_its_own_keys_and_no_other_services() {
    let folder = Folder::new();
    generate(&folder.0, "mail.mill-lane.uk").unwrap();
    let own: &[(&str, &[&str])] = &[
        ("keyring", &["KEKS"]),
        ("gateway", &["WRAP_KEY"]),
        ("webhooks", &["SECRET_KEY"]),
        ("retention", &["RECEIPT_KEY"]),
        ("messaging", &["TOKEN_KEY", "DOMAIN", "DKIM_SELECTOR", "DKIM_KEY"]),
    ];
    let mut values = BTreeSet::new();
    for service in services::names() {
        let settings = folder.of_service(service);
        let extra =
            own.iter().find(|(name, _)| *name == service).map_or(&[][..], |(_, extra)| extra);
        let prefix = format!("FOLKMOOT_{}_", service.to_uppercase());
        let mut expected: BTreeSet<String> =
            extra.iter().chain(&["WORKLOAD_KEY"]).map(|name| format!("{prefix}{name}")).collect();
        expected.insert(WORKLOAD_JWKS.to_owned());
        assert_eq!(settings.keys().cloned().collect::<BTreeSet<_>>(), expected);
        for (name, value) in settings.into_iter().filter(|(name, _)| name != WORKLOAD_JWKS) {
            assert!(values.insert(value), "another service has the value of {name}");
        }
    }
}

#[test]
fn what_is_there_is_never_replaced_and_what_is_missing_is_added() {
    let folder = Folder::new();
    generate(&folder.0, "mail.mill-lane.uk").unwrap();
    let first = folder.contents();
    assert_eq!(first.len(), 10, "nine services and the DNS record");
    for path in first.keys().filter(|path| path.extension().is_some_and(|end| end == "env")) {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600, "{path:?}");
    }
    generate(&folder.0, "mail.mill-lane.uk").unwrap();
    assert_eq!(folder.contents(), first);

    let file = folder.0.join("gateway.env");
    let line =
        |prefix: &str| first[&file].lines().find(|it| it.starts_with(prefix)).unwrap().to_owned();
    let kept =
        format!("# ours\nREDIS_URL=redis://cache\n{}\n", line("FOLKMOOT_GATEWAY_WORKLOAD_KEY="));
    fs::write(&file, &kept).unwrap();
    generate(&folder.0, "mail.mill-lane.uk").unwrap();
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with(&kept) && text.contains("\nFOLKMOOT_GATEWAY_WRAP_KEY="), "{text}");
    assert!(text.ends_with(&format!("{}\n", line(WORKLOAD_JWKS))), "{text}");
}

#[test]
fn another_domain_is_refused_and_so_is_one_that_cannot_send() {
    let folder = Folder::new();
    generate(&folder.0, "mail.mill-lane.uk").unwrap();
    let record = fs::read_to_string(folder.0.join("dkim.txt")).unwrap();
    assert!(
        record.starts_with("fm1._domainkey.mail.mill-lane.uk TXT v=DKIM1; k=rsa; p=MII"),
        "{record}"
    );
    let error = generate(&folder.0, "other.uk").unwrap_err().to_string();
    assert!(error.contains("messaging.env has the domain mail.mill-lane.uk"), "{error}");
    for domain in ["localhost", "folkmoot.example", "a.uk\nX=1"] {
        let error = generate(&folder.0, domain).unwrap_err().to_string();
        assert!(error.contains("is not a domain that can send email"), "{error}");
    }
}

#[test]
fn public_halves_of_all_keys_of_a_workload_are_published() {
    let folder = Folder::new();
    generate(&folder.0, "mail.mill-lane.uk").unwrap();
    let file = folder.0.join("campaigns.env");
    let text = fs::read_to_string(&file).unwrap();
    let next = B64.encode(ed25519().unwrap());
    let name = workload_key("campaigns");
    let rotated = text.replace(&format!("{name}="), &format!("{name}={next},"));
    fs::write(&file, rotated).unwrap();
    generate(&folder.0, "mail.mill-lane.uk").unwrap();
    for service in services::names() {
        let set = folder.of_service(service).remove(WORKLOAD_JWKS).unwrap();
        assert_eq!(set.matches("\"workload:campaigns\"").count(), 2, "{set}");
        assert_eq!(set.matches("\"workload:").count(), 10, "{set}");
    }
}

#[test]
fn a_trial_has_one_file_for_all_services() {
    let folder = Folder::new();
    generate_trial(&folder.0).unwrap();
    let settings = folder.settings("env");
    assert_eq!((settings.len(), settings["FOLKMOOT_DEV_KEYS"].as_str()), (20, "1"));
    for entry in SERVICES {
        let mut all = settings.clone();
        all.extend(chosen(entry.name));
        all.retain(|name, _| name != "FOLKMOOT_MAIL" && name != "FOLKMOOT_MESSAGING_RELAY");
        let mut env = Env::from_pairs(all);
        (entry.check)(&mut env);
        env.finish().unwrap_or_else(|errors| panic!("{}: {errors}", entry.name));
    }
    generate_trial(&folder.0).unwrap();
    assert_eq!(folder.settings("env"), settings);
}
