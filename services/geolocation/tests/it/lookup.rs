//! Look-ups in a database file, in its absence, and in broken ones.

use geolocation::lookup::database::{Database, OpenError};
use geolocation::lookup::domain::Kind;
use serde_json::json;

use crate::mmdb::{self, Value};

fn english(name: &'static str) -> (&'static str, Value) {
    ("names", Value::Map(vec![("en", Value::Text(name))]))
}

pub(crate) fn oxford() -> Value {
    Value::Map(vec![
        ("city", Value::Map(vec![english("Oxford")])),
        ("country", Value::Map(vec![("iso_code", Value::Text("GB")), english("United Kingdom")])),
        (
            "location",
            Value::Map(vec![
                ("accuracy_radius", Value::U16(20)),
                ("latitude", Value::Double(51.75)),
                ("longitude", Value::Double(-1.25)),
            ]),
        ),
        (
            "subdivisions",
            Value::List(vec![Value::Map(vec![
                ("iso_code", Value::Text("ENG")),
                english("England"),
            ])]),
        ),
    ])
}

fn open(bytes: &[u8]) -> Result<Database, OpenError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.mmdb");
    std::fs::write(&path, bytes).unwrap();
    Database::open(&path)
}

fn database() -> Database {
    let france = Value::Map(vec![("country", Value::Map(vec![("iso_code", Value::Text("FR"))]))]);
    let odd = Value::Map(vec![("city", Value::Text("a flat layout"))]);
    let entries = [("81.2.0.0/16", oxford()), ("2a01:e00::/26", france), ("82.0.0.0/8", odd)];
    open(&mmdb::write("Folkmoot-City", &entries)).unwrap()
}

#[test]
fn a_known_address_is_answered_with_place_accuracy_and_source() {
    let answer = database().look_up("81.2.69.142".parse().unwrap());
    assert_eq!(
        serde_json::to_value(&answer).unwrap(),
        json!({
            "kind": "global",
            "range": null,
            "country": {"iso_code": "GB", "name": "United Kingdom"},
            "region": {"iso_code": "ENG", "name": "England"},
            "city": "Oxford",
            "position": {"longitude": -1.25, "latitude": 51.75, "accuracy_km": 20},
            "source": {"database": "Folkmoot-City", "built_at": "2026-01-01T00:00:00Z"},
        })
    );
    assert_eq!(database().look_up("::ffff:81.2.69.142".parse().unwrap()), answer);
}

#[test]
fn an_entry_with_only_a_country_is_answered_as_far_as_it_goes() {
    let answer = database().look_up("2a01:e00::1".parse().unwrap());
    assert_eq!(answer.kind, Kind::Global);
    assert_eq!(answer.place.country.unwrap().iso_code.as_deref(), Some("FR"));
    assert_eq!((answer.place.region, answer.place.city, answer.place.position), (None, None, None));
}

#[test]
fn an_address_without_an_entry_or_with_an_unreadable_one_is_unknown() {
    for address in ["9.9.9.9", "2a02::1", "82.1.1.1"] {
        let answer = database().look_up(address.parse().unwrap());
        assert_eq!(answer.kind, Kind::Unknown, "{address}");
        assert!(answer.source.is_some());
    }
}

#[test]
fn without_a_database_everything_ordinary_is_unknown_and_private_stays_private() {
    let database = Database::absent();
    assert_eq!(database.look_up("81.2.69.142".parse().unwrap()).kind, Kind::Unknown);
    assert_eq!(database.look_up("192.168.0.1".parse().unwrap()).kind, Kind::Private);
    assert_eq!(database.source(), None);
}

#[test]
fn a_file_that_is_no_database_is_refused_at_start() {
    assert!(matches!(open(b"no database"), Err(OpenError::Foreign { .. })));
    assert!(matches!(open(b""), Err(OpenError::Foreign { .. })));
    let missing = Database::open(std::path::Path::new("/nonexistent/city.mmdb"));
    assert!(matches!(missing, Err(OpenError::Unreadable { .. })));
}

#[test]
fn a_damaged_database_never_panics() {
    let good = mmdb::write("Folkmoot-City", &[("81.2.0.0/16", oxford())]);
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0xff;
        if let Ok(database) = open(&bad) {
            database.look_up("81.2.69.142".parse().unwrap());
        }
    }
}
