//! What look-ups cost without HTTP, on the whole directory that `FOLKMOOT_BENCH_POSTCODES` names (`folkmoot data import
//! postcodes --default --out FILE` makes one). Postcodes and positions come in scattered order, so that caches help little.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a benchmark that cannot be set up must stop"
)]

use std::{hint::black_box, path::Path};

use contracts::values::postcode::Postcode;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use postcodes::{
    dataset::image::Dataset, geometry::position::Position, postcode::record::Record, reload::layers,
};

/// Prime to the number of postcodes, so that neighbours in the sequence are far apart in memory.
const STRIDE: usize = 1_299_709;

criterion_group!(benches, lookups);
criterion_main!(benches);

fn lookups(criterion: &mut Criterion) {
    let file = std::env::var("FOLKMOOT_BENCH_POSTCODES").expect("FOLKMOOT_BENCH_POSTCODES");
    let dataset = Dataset::load(Path::new(&file)).unwrap();
    let areas = layers::demo().unwrap();
    let texts: Vec<String> = dataset.entries().map(|entry| entry.postcode().to_string()).collect();
    let mut number = 0;
    let mut next = || {
        number = (number + STRIDE) % texts.len();
        // A copy, since a request's own text was just read.
        texts[number].clone()
    };
    criterion.bench_function("text_to_row", |bench| {
        let work = |text: &mut String| black_box(dataset.row(Postcode::parse(text).unwrap()));
        // So many copies stay in the processor's cache; thousands would be read from memory, unlike a request's text.
        bench.iter_batched_ref(&mut next, work, BatchSize::NumIterations(200));
    });
    criterion.bench_function("record_as_json", |bench| {
        let work = |text: &mut String| {
            let entry = dataset.find(Postcode::parse(text).unwrap()).unwrap();
            serde_json::to_vec(&Record::new(&entry, &areas)).unwrap()
        };
        bench.iter_batched_ref(&mut next, work, BatchSize::SmallInput);
    });
    criterion.bench_function("complete_ten", |bench| {
        let work = |text: &mut String| dataset.live_from(&text[..4]).take(10).count();
        bench.iter_batched_ref(&mut next, work, BatchSize::SmallInput);
    });
    let positions: Vec<Position> = dataset.entries().filter_map(|entry| entry.position()).collect();
    let mut number = 0;
    let mut next = || {
        number = (number + STRIDE) % positions.len();
        positions[number]
    };
    for (name, limit, radius_m) in
        [("nearest_ten", 10, 100_000.0), ("all_within_two_kilometres", usize::MAX, 2_000.0)]
    {
        criterion.bench_function(name, |bench| {
            let work = |at: Position| dataset.nearest(at, limit, radius_m).len();
            bench.iter_batched(&mut next, work, BatchSize::SmallInput);
        });
    }
    // Far from everybody, and about equally far from many.
    let at_sea = Position { longitude: 1.5, latitude: 56.5 };
    criterion.bench_function("nearest_hundred_from_the_north_sea", |bench| {
        bench.iter(|| dataset.nearest(black_box(at_sea), 100, 1_000_000.0).len());
    });
}
