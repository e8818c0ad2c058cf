//! What a question to the gazetteer costs without HTTP, on 40,000 made-up places, as many as OS Open Names has towns,
//! villages and hamlets. `FOLKMOOT_BENCH_PLACES` names a real file to measure instead.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up must stop")]

use std::{hint::black_box, path::Path};

use criterion::{Criterion, criterion_group, criterion_main};
use geolocation::gazetteer::{
    domain::{About, Contents, Kind, Place},
    file,
    search::Gazetteer,
    words::Words,
};

criterion_group!(benches, questions);
criterion_main!(benches);

const PLACES: usize = 40_000;
const FIRST: [&str; 20] = [
    "Ab", "Bas", "Chel", "Den", "East", "Farn", "Guild", "Hare", "Ips", "Kings", "Lam", "Mal",
    "New", "Ox", "Pem", "Rich", "Stan", "Tam", "Up", "Wal",
];
const MIDDLE: [&str; 20] = [
    "bor", "cot", "den", "er", "fors", "gar", "hol", "ing", "kel", "les", "mar", "nor", "pel",
    "tin", "sel", "ter", "ul", "ver", "wick", "yel",
];
const LAST: [&str; 20] = [
    "bridge", "burgh", "borough", "by", "combe", "cote", "dale", "don", "field", "ford", "ham",
    "hurst", "ington", "ley", "mouth", "port", "stead", "thorpe", "ton", "worth",
];

fn questions(criterion: &mut Criterion) {
    let named = std::env::var_os("FOLKMOOT_BENCH_PLACES");
    let gazetteer = match &named {
        Some(file) => file::load(Path::new(file)).unwrap(),
        None => Gazetteer::new(contents()).unwrap(),
    };
    for (name, text, unfinished) in [
        ("exact", "Oxford", false),
        ("exact_with_surroundings", "Newport, Wales", false),
        ("begun", "oxf", true),
        ("one_letter", "o", true),
        ("misspelt", "Oxfrod", false),
        ("misspelt_and_begun", "newborou", true),
        ("address", "12 Granby Street, Chelmorford", false),
        ("nothing", "Xyzzyplugh", false),
    ] {
        criterion.bench_function(&format!("places/{name}"), |bench| {
            bench.iter(|| black_box(gazetteer.find(&Words::new(black_box(text), unfinished))));
        });
    }
    criterion.bench_function("places/near_10", |bench| {
        bench.iter(|| gazetteer.near(black_box(-1.25), 51.75, 25_000.0).take(10).count());
    });
}

fn contents() -> Contents {
    let about = About {
        name: "Made up".to_owned(),
        version: "1".to_owned(),
        licence: "CC0-1.0".to_owned(),
        attribution: String::new(),
        source: "geonames".to_owned(),
    };
    let parts = || FIRST.iter().flat_map(|a| MIDDLE.iter().map(move |b| (a, b)));
    let words = parts().flat_map(|(a, b)| LAST.iter().map(move |c| format!("{a}{b}{c}")));
    let names = words.chain(["Oxford".to_owned(), "Newport".to_owned()]).cycle().take(PLACES);
    let places = (0_u32..).zip(names).map(|(number, name)| Place {
        id: number.to_string(),
        name,
        other_names: Vec::new(),
        kind: Kind::Village,
        longitude: -6.0 + f64::from(number % 200) * 0.04,
        latitude: 50.0 + f64::from(number / 200) * 0.04,
        bounds: None,
        population: number,
        outcode: None,
        district: None,
        county: None,
        region: None,
        country: u16::try_from(number % 2).ok(),
    });
    Contents {
        about,
        areas: vec!["Wales".to_owned(), "England".to_owned()],
        places: places.collect(),
    }
}
