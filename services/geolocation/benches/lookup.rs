//! What a look-up costs without HTTP: one address in one database, and the answer as JSON.
//!
//! The benchmark writes databases of 32,768 networks, each with an entry of its own, so that the cache of the processor
//! does not hold them all. `FOLKMOOT_BENCH_MMDB` names another database to measure beside them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot be set up must stop"
)]

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use geolocation::lookup::file::Databases;

use self::mmdb::Value;

#[path = "../tests/it/mmdb.rs"]
mod mmdb;

criterion_group!(benches, lookups);
criterion_main!(benches);

fn lookups(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let (nested, flat) = (folder.path().join("nested.mmdb"), folder.path().join("flat.mmdb"));
    write(&nested, nested_entry);
    write(&flat, flat_entry);
    measure(criterion, "nested", nested);
    measure(criterion, "flat", flat);
    if let Some(named) = named() {
        measure(criterion, "named", named);
    }
}

fn measure(criterion: &mut Criterion, name: &str, file: PathBuf) {
    let databases = Databases::open(&[file]).unwrap();
    let mut random = 1_u32;
    let mut next = move || {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [_, b, c, d] = random.to_be_bytes();
        // Ordinary addresses only: special ranges are answered without the database.
        let a = 11 + u8::try_from(random >> 16 & 63).unwrap();
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    criterion.bench_function(&format!("ip_decode/{name}"), |bench| {
        bench.iter_batched(
            &mut next,
            |address| {
                black_box(databases.current().look_up(address));
            },
            BatchSize::SmallInput,
        );
    });
    criterion.bench_function(&format!("ip_decode_and_json/{name}"), |bench| {
        bench.iter_batched(
            &mut next,
            |address| serde_json::to_vec(&databases.current().look_up(address)).unwrap(),
            BatchSize::SmallInput,
        );
    });
}

fn named() -> Option<PathBuf> {
    std::env::var_os("FOLKMOOT_BENCH_MMDB").map(PathBuf::from)
}

fn write(file: &Path, entry: fn(u16) -> Value) {
    let networks: Vec<String> =
        (0..1_u32 << 15).map(|n| format!("{}/15", Ipv4Addr::from(n << 17))).collect();
    let entries: Vec<(&str, Value)> =
        (0..).zip(&networks).map(|(n, network)| (network.as_str(), entry(n))).collect();
    std::fs::write(file, mmdb::write("Folkmoot-City", &entries)).unwrap();
}

fn flat_entry(n: u16) -> Value {
    Value::Map(vec![
        ("city", Value::Text("Oxford")),
        ("country_code", Value::Text("GB")),
        ("latitude", Value::Float(49.0 + f32::from(n) / 4096.0)),
        ("longitude", Value::Float(-1.25)),
        ("postcode", Value::Text("OX1")),
        ("state1", Value::Text("England")),
        ("state2", Value::Text("Oxfordshire")),
        ("timezone", Value::Text("Europe/London")),
    ])
}

/// As much as `GeoLite2` City says of an address in the UK, and two languages.
fn nested_entry(n: u16) -> Value {
    let names = |english, german| {
        let names = vec![("de", Value::Text(german)), ("en", Value::Text(english))];
        ("names", Value::Map(names))
    };
    let area = |code, iso, english, german| {
        Value::Map(vec![
            ("geoname_id", Value::U32(2_635_167)),
            (code, Value::Text(iso)),
            names(english, german),
        ])
    };
    Value::Map(vec![
        ("city", Value::Map(vec![names("Oxford", "Oxford")])),
        ("continent", area("code", "EU", "Europe", "Europa")),
        ("country", area("iso_code", "GB", "United Kingdom", "Verein. Königreich")),
        (
            "location",
            Value::Map(vec![
                ("accuracy_radius", Value::U16(20)),
                ("latitude", Value::Double(49.0 + f64::from(n) / 4096.0)),
                ("longitude", Value::Double(-1.25)),
                ("time_zone", Value::Text("Europe/London")),
            ]),
        ),
        ("postal", Value::Map(vec![("code", Value::Text("OX1"))])),
        ("registered_country", area("iso_code", "GB", "United Kingdom", "Verein. Königreich")),
        (
            "subdivisions",
            Value::List(vec![
                area("iso_code", "ENG", "England", "England"),
                area("iso_code", "OXF", "Oxfordshire", "Oxfordshire"),
            ]),
        ),
    ])
}
