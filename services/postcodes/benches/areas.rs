//! What it costs to find the area that a point lies in, and to load the outlines, at three degrees of detail: the embedded
//! outlines, the file that `FOLKMOOT_BENCH_AREAS` names, and that file with every border broken into 128 pieces, which is
//! about as long as full-resolution borders are.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark that cannot be set up must stop"
)]

use std::{
    hint::black_box,
    path::{Path, PathBuf},
};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use postcodes::{
    areas::{
        domain::{Areas, CONSTITUENCY},
        file::format,
        layer::{Area, Layer},
    },
    geometry::{
        micro::{MICRO, Micro},
        position::Position,
        shape::{Ring, Shape},
    },
    reload::layers,
};

/// Points that are looked for.
const POINTS: usize = 100_000;
/// Times that each border is halved: 128 pieces.
const HALVINGS: u32 = 7;

criterion_group!(benches, areas);
criterion_main!(benches);

fn areas(criterion: &mut Criterion) {
    measure(criterion, "embedded", &layers::demo().unwrap());
    let Some(named) = std::env::var_os("FOLKMOOT_BENCH_AREAS").map(PathBuf::from) else { return };
    let named = layers::load(&named).unwrap();
    measure(criterion, "named", &named);
    let detailed = detailed(named.layer(CONSTITUENCY, None).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("areas.bin");
    format::write(&file, &[detailed]).unwrap();
    let load = |file: &Path| layers::load(file).unwrap();
    measure(criterion, "detailed", &load(&file));
    let mut group = criterion.benchmark_group("load_areas");
    group.sample_size(10);
    group.bench_function("detailed", |bench| bench.iter(|| black_box(load(&file))));
}

fn measure(criterion: &mut Criterion, name: &str, areas: &Areas) {
    let layer = areas.layer(CONSTITUENCY, None).unwrap();
    let points = layer.areas().iter().filter_map(|area| Some(area.shape.as_ref()?.vertices()));
    println!("{name}: {} areas, {} points", layer.areas().len(), points.sum::<usize>());
    let inside = inside(layer);
    let mut number = 0;
    let mut next = || {
        number = (number + 1) % inside.len();
        inside[number]
    };
    criterion.bench_function(&format!("point_in_area/{name}"), |bench| {
        bench.iter_batched(
            &mut next,
            |at| black_box(layer.locate(at).is_some()),
            BatchSize::SmallInput,
        );
    });
    criterion.bench_function(&format!("area_and_neighbours/{name}"), |bench| {
        bench.iter_batched(
            &mut next,
            |at| black_box(areas.locate(at).is_some()),
            BatchSize::SmallInput,
        );
    });
}

/// Points in areas, in scattered order, as many in each area.
fn inside(layer: &Layer) -> Vec<Position> {
    let mut random = 1_u32;
    let mut share = || {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(random) / f64::from(u32::MAX)
    };
    let boxes: Vec<[f64; 4]> = layer
        .areas()
        .iter()
        .filter_map(|area| Some(area.shape.as_ref()?.bounds().degrees()))
        .collect();
    let anywhere = boxes.iter().cycle().map(|[west, south, east, north]| Position {
        longitude: west + share() * (east - west),
        latitude: south + share() * (north - south),
    });
    anywhere.filter(|at| layer.locate(*at).is_some()).take(POINTS).collect()
}

/// The same areas with longer borders, which both sides of a border still share.
fn detailed(layer: &Layer) -> Layer {
    let areas = layer.areas().iter().map(|area| {
        let rings = area.shape.iter().flat_map(Shape::rings);
        let rings = rings.map(|ring| {
            let pairs = ring.points.windows(2);
            let mut points: Vec<Micro> =
                pairs.flat_map(|pair| broken(pair[0], pair[1], HALVINGS)).collect();
            points.push(points[0]);
            Ring { is_outer: ring.is_outer, points, anchors: vec![] }
        });
        Area { shape: Shape::new(rings.collect()), ..area.clone() }
    });
    Layer::new(layer.about().clone(), areas.collect())
}

/// A line in pieces, without its end: each middle is moved aside by up to a tenth of the line's length, to the same place
/// whichever way the line runs.
fn broken(from: Micro, to: Micro, halvings: u32) -> Vec<Micro> {
    if halvings == 0 {
        return vec![from];
    }
    let (low, high) = (from.min(to), from.max(to));
    let hash = [low[0], low[1], high[0], high[1]]
        .iter()
        .fold(0x811c_9dc5_u32, |hash, part| (hash ^ part.cast_unsigned()).wrapping_mul(16_777_619));
    let aside = (f64::from(hash >> 8) / f64::from(1 << 24) - 0.5) / 5.0;
    let [across, along] = [0, 1].map(|axis: usize| f64::from(high[axis]) - f64::from(low[axis]));
    let middle = [
        f64::midpoint(low[0].into(), high[0].into()) - aside * along,
        f64::midpoint(low[1].into(), high[1].into()) + aside * across,
    ];
    let middle = postcodes::geometry::micro::micro(Position {
        longitude: middle[0] / MICRO,
        latitude: middle[1] / MICRO,
    });
    let mut pieces = broken(from, middle, halvings - 1);
    pieces.extend(broken(middle, to, halvings - 1));
    pieces
}
