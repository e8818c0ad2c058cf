//! Look-ups in database files of either layout, in several at once, in none, and in broken ones.

use geolocation::lookup::{domain::Answer, file::Databases, special::Kind};
use serde_json::{Value as Json, json};

use crate::mmdb::{self, Value};

fn english(name: &'static str) -> (&'static str, Value) {
    ("names", Value::Map(vec![("en", Value::Text(name))]))
}

/// An entry in MaxMind's layout.
pub(crate) fn town(name: &'static str) -> Value {
    Value::Map(vec![
        ("city", Value::Map(vec![english(name)])),
        ("continent", Value::Map(vec![("code", Value::Text("EU")), english("Europe")])),
        ("country", Value::Map(vec![("iso_code", Value::Text("GB")), english("United Kingdom")])),
        (
            "location",
            Value::Map(vec![
                ("accuracy_radius", Value::U16(20)),
                ("latitude", Value::Double(51.75)),
                ("longitude", Value::Double(-1.25)),
                ("time_zone", Value::Text("Europe/London")),
            ]),
        ),
        ("postal", Value::Map(vec![("code", Value::Text("OX1"))])),
        (
            "subdivisions",
            Value::List(vec![
                Value::Map(vec![("iso_code", Value::Text("ENG")), english("England")]),
                Value::Map(vec![("iso_code", Value::Text("OXF")), english("Oxfordshire")]),
            ]),
        ),
    ])
}

/// An entry in the flat layout.
fn flat(city: &'static str, latitude: f32) -> Value {
    Value::Map(vec![
        ("city", Value::Text(city)),
        ("country_code", Value::Text("GB")),
        ("latitude", Value::Float(latitude)),
        ("longitude", Value::Float(-0.7618)),
        ("postcode", Value::Text("RG12")),
        ("state1", Value::Text("England")),
        ("state2", Value::Text("")),
        ("timezone", Value::Text("Europe/London")),
    ])
}

fn operator() -> Value {
    Value::Map(vec![
        ("autonomous_system_number", Value::U32(786)),
        ("autonomous_system_organization", Value::Text("Jisc")),
    ])
}

fn open(files: &[&[u8]]) -> anyhow::Result<Databases> {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = (0..files.len()).map(|n| folder.path().join(format!("{n}.mmdb"))).collect();
    for (path, bytes) in paths.iter().zip(files) {
        std::fs::write(path, bytes).unwrap();
    }
    Databases::open(&paths)
}

fn nested() -> Vec<u8> {
    let france = Value::Map(vec![("country", Value::Map(vec![("iso_code", Value::Text("FR"))]))]);
    let odd = Value::Map(vec![("location", Value::Text("somewhere"))]);
    let nowhere = Value::Map(vec![
        ("country", Value::Map(vec![("iso_code", Value::Text("GB"))])),
        ("latitude", Value::Double(f64::NAN)),
        ("longitude", Value::Double(200.0)),
    ]);
    mmdb::write(
        "Folkmoot-City",
        &[
            ("81.2.0.0/16", town("Oxford")),
            ("2a01:e00::/26", france),
            ("82.0.0.0/8", odd),
            ("83.0.0.0/8", Value::Map(vec![])),
            ("84.0.0.0/8", nowhere),
        ],
    )
}

fn look_up(databases: &Databases, address: &str) -> Json {
    serde_json::to_value(databases.current().look_up(address.parse().unwrap())).unwrap()
}

#[test]
fn a_known_address_is_answered_with_place_accuracy_network_and_source() {
    let databases = open(&[&nested()]).unwrap();
    let answer = look_up(&databases, "81.2.69.142");
    let england = json!({"iso_code": "ENG", "name": "England"});
    assert_eq!(
        answer,
        json!({
            "kind": "global",
            "range": null,
            "continent": {"code": "EU", "name": "Europe"},
            "country": {"iso_code": "GB", "name": "United Kingdom"},
            "registered_country": null,
            "region": england,
            "subdivisions": [england, {"iso_code": "OXF", "name": "Oxfordshire"}],
            "city": "Oxford",
            "postal_code": "OX1",
            "time_zone": "Europe/London",
            "position": {"longitude": -1.25, "latitude": 51.75, "accuracy_km": 20},
            "metro_code": null,
            "confidence": null,
            "network": "81.2.0.0/16",
            "source": {"database": "Folkmoot-City", "built_at": "2026-01-01T00:00:00Z"},
            "autonomous_system": null,
        })
    );
    assert_eq!(look_up(&databases, "::ffff:81.2.69.142"), answer);
}

#[test]
fn the_flat_layout_answers_as_far_as_it_goes_without_the_noise_of_short_floats() {
    let file = mmdb::write("city ipv4", &[("81.2.0.0/16", flat("Bracknell", 51.4036))]);
    let answer = look_up(&open(&[&file]).unwrap(), "81.2.69.142");
    assert_eq!(answer["country"], json!({"iso_code": "GB", "name": null}));
    assert_eq!(answer["subdivisions"], json!([{"iso_code": null, "name": "England"}]));
    assert_eq!((&answer["city"], &answer["postal_code"]), (&json!("Bracknell"), &json!("RG12")));
    assert_eq!(
        answer["position"],
        json!({"longitude": -0.7618, "latitude": 51.4036, "accuracy_km": null})
    );
}

#[test]
fn several_files_answer_together_and_each_says_what_it_answered() {
    let v4 = mmdb::write("city ipv4", &[("81.2.0.0/16", flat("Bracknell", 51.4))]);
    let v6 = mmdb::write("city ipv6", &[("2a00:23c0::/26", flat("Leeds", 53.8))]);
    let operators = mmdb::write("Folkmoot-ASN", &[("81.2.69.0/24", operator())]);
    let databases = open(&[&operators, &v4, &v6, &nested()]).unwrap();
    let both = look_up(&databases, "81.2.69.142");
    assert_eq!(
        (&both["city"], &both["source"]["database"]),
        (&json!("Bracknell"), &json!("city ipv4"))
    );
    let system = &both["autonomous_system"];
    assert_eq!((&system["number"], &system["organisation"]), (&json!(786), &json!("Jisc")));
    assert_eq!(
        (&system["network"], &both["network"]),
        (&json!("81.2.69.0/24"), &json!("81.2.0.0/16"))
    );
    assert_eq!(system["source"]["database"], "Folkmoot-ASN");
    assert_eq!(look_up(&databases, "2a00:23c5::1")["city"], "Leeds");
    // What the first ones do not know, the next one may.
    let french = look_up(&databases, "2a01:e00::1");
    assert_eq!(french["country"]["iso_code"], "FR");
    assert_eq!(french["source"]["database"], "Folkmoot-City");
}

#[test]
fn an_operator_alone_makes_an_address_known() {
    let operators = mmdb::write("Folkmoot-ASN", &[("81.2.69.0/24", operator())]);
    let answer = look_up(&open(&[&operators]).unwrap(), "81.2.69.142");
    assert_eq!((&answer["kind"], &answer["country"]), (&json!("global"), &Json::Null));
}

#[test]
fn an_address_without_an_entry_or_with_an_unreadable_one_is_unknown() {
    let databases = open(&[&nested()]).unwrap();
    for address in ["9.9.9.9", "2a02::1", "82.1.1.1", "83.1.1.1"] {
        let databases = databases.current();
        let answer = databases.look_up(address.parse().unwrap());
        assert_eq!(answer, Answer::unknown(), "{address}");
    }
    let nowhere = look_up(&databases, "84.1.1.1");
    assert_eq!((&nowhere["kind"], &nowhere["position"]), (&json!("global"), &Json::Null));
}

#[test]
fn without_a_database_everything_ordinary_is_unknown_and_private_stays_private() {
    let databases = Databases::open(&[]).unwrap();
    let set = databases.current();
    assert_eq!(set.look_up("81.2.69.142".parse().unwrap()), Answer::unknown());
    assert_eq!(set.look_up("192.168.0.1".parse().unwrap()).kind, Kind::Private);
}

#[test]
fn a_file_that_is_no_database_is_refused_at_start() {
    let refused = |opened: anyhow::Result<Databases>| opened.err().unwrap().to_string();
    assert!(refused(open(&[b"no database"])).contains("is not a MaxMind database"));
    assert!(refused(open(&[&nested(), b""])).contains("is not a MaxMind database"));
    let missing = refused(Databases::open(&["/nonexistent/city.mmdb".into()]));
    assert!(missing.contains("failed to read the IP database /nonexistent/city.mmdb"));
}

#[test]
fn a_damaged_database_never_panics() {
    let valid = mmdb::write("Folkmoot-City", &[("81.2.0.0/16", town("Oxford"))]);
    for at in 0..valid.len() {
        let mut bad = valid.clone();
        bad[at] ^= 0xff;
        if let Ok(databases) = open(&[&bad]) {
            databases.current().look_up("81.2.69.142".parse().unwrap());
        }
    }
}
