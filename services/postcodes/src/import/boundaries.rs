//! Imports boundaries of areas from `GeoJSON`, as published by the ONS, into the file of areas. Blocking.
//!
//! The kind and generation are taken from the names of the properties, the grid from `crs` or from the size of the numbers,
//! the generalisation from the name of the file. An invalid file is an error with line and column, and nothing is written.

pub mod diff;
mod features;
mod projection;
mod properties;
mod text;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use chrono::NaiveDate;

use self::{
    diff::Diff,
    features::{Collection, Feature},
    projection::Projection,
    properties::Keys,
};
use crate::{
    areas::{
        domain::CONSTITUENCY,
        file::format,
        kinds::{self, is_word},
        layer::{Area, Layer, LayerAbout},
    },
    geometry::{
        anchors,
        shape::{Ring, Shape},
        simplify,
    },
    import::progress::Step,
};

/// The ONS's marks of generalisation in the names of its files, with the accuracy of the boundaries in metres: full resolution
/// (clipped to the coast or not), generalised, super-generalised, ultra-generalised.
const MARKS: [(&str, u32); 5] =
    [("_BFC", 1), ("_BFE", 1), ("_BGC", 20), ("_BSC", 200), ("_BUC", 500)];
const LICENCE: &str = "OGL-UK-3.0";
const ATTRIBUTION: &str = "Source: Office for National Statistics licensed under the Open Government Licence v.3.0. \
    Contains OS data © Crown copyright and database right.";

/// Properties of a file that are not in its content; those that are none are derived.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub kind: Option<String>,
    pub generation: Option<String>,
    pub valid_from: Option<NaiveDate>,
    pub valid_to: Option<NaiveDate>,
    /// Tolerance of simplification, metres.
    pub simplify_m: Option<u32>,
    /// Accuracy of the boundaries in the file, metres.
    pub accuracy_m: Option<u32>,
}

#[derive(Clone, Debug)]
pub struct Request {
    pub geojson: PathBuf,
    pub options: Options,
    /// A file whose other layers are included.
    pub into: Option<PathBuf>,
    pub out: PathBuf,
    pub dry_run: bool,
}

#[derive(Clone, Debug)]
pub struct Report {
    pub about: LayerAbout,
    pub areas: usize,
    /// Areas without a boundary: their geometry is null or empty.
    pub unbounded: usize,
    /// Points of all boundaries.
    pub vertices: usize,
    /// Layers in the file, including this one.
    pub layers: usize,
    /// Sets of the existing file that the new one does not have, because it was not given in `into`.
    pub dropped: Vec<String>,
    /// Changes to the existing layer of the same kind and generation.
    pub diff: Diff,
}

impl Options {
    /// Options from the name of a file.
    pub fn for_file(path: &Path) -> Self {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().to_uppercase();
        let mark = MARKS.iter().find(|(mark, _)| name.contains(mark));
        Self { accuracy_m: mark.map(|(_, accuracy_m)| *accuracy_m), ..Self::default() }
    }
}

/// Imports a file, with the other layers of `into`.
pub fn import(request: &Request, progress: &mut dyn FnMut(Step)) -> anyhow::Result<Report> {
    let bytes = format::FORMAT.read_any(&request.geojson)?;
    let new = layer(&bytes, &request.options, progress)
        .with_context(|| format!("failed to import {}", request.geojson.display()))?;
    let read = |path: &Path| anyhow::Ok(format::parse(path, format::FORMAT.read_any(path)?)?);
    let mut layers = request.into.as_deref().map(read).transpose()?.unwrap_or_default();
    // The file to be overwritten, if it can be read.
    let replaced = match &request.into {
        None if request.out.exists() => read(&request.out).unwrap_or_default(),
        _ => Vec::new(),
    };
    let key = |layer: &Layer| (layer.about().kind.clone(), layer.about().generation.clone());
    let is_replaced = |layer: &Layer| key(layer) == key(&new);
    let before = layers.iter().chain(&replaced).find(|layer| is_replaced(layer));
    let diff = Diff::between(before, &new);
    let dropped = replaced.iter().filter(|layer| !is_replaced(layer)).map(|layer| {
        let (kind, generation) = key(layer);
        format!("{kind} {}", generation.unwrap_or_default()).trim_end().to_owned()
    });
    let dropped = dropped.collect();
    layers.retain(|layer| !is_replaced(layer));
    let shapes = new.areas().iter().filter_map(|area| area.shape.as_ref());
    let report = Report {
        about: new.about().clone(),
        areas: new.areas().len(),
        unbounded: new.areas().iter().filter(|area| area.shape.is_none()).count(),
        vertices: shapes.map(Shape::vertices).sum(),
        layers: layers.len() + 1,
        dropped,
        diff,
    };
    layers.push(new);
    if !request.dry_run {
        let total = u64::try_from(report.areas).unwrap_or(u64::MAX);
        progress(Step { what: "writing areas", done: total, total });
        format::write(&request.out, &layers)
            .with_context(|| format!("failed to write {}", request.out.display()))?;
    }
    Ok(report)
}

/// Reads a `GeoJSON` file as a layer.
pub fn layer(
    bytes: &[u8],
    options: &Options,
    progress: &mut dyn FnMut(Step),
) -> anyhow::Result<Layer> {
    let text = text::decode(bytes);
    let collection = Collection::parse(&text)?;
    ensure!(!collection.features().is_empty(), "the collection is empty");
    let total = u64::try_from(text.len()).unwrap_or(u64::MAX);
    let (mut boundaries, mut reading) = (Boundaries::default(), None);
    for raw in collection.features() {
        let done = u64::try_from(text::offset(&text, raw.get())).unwrap_or(total);
        progress(Step { what: "reading areas", done, total });
        let feature = Feature::parse(&text, raw)?;
        let add = |reading: &mut Option<(Keys, Projection)>| {
            let (keys, projection) = match reading {
                Some(known) => known,
                None => reading.insert(first(&feature, &collection, options)?),
            };
            boundaries.add(feature, keys, projection)
        };
        add(&mut reading).with_context(|| text::place(&text, raw.get()))?;
    }
    let (keys, _) = reading.context("the collection is empty")?;
    progress(Step { what: "finding shared borders", done: total, total });
    anchors::mark(boundaries.areas.iter_mut().flat_map(|(_, rings)| rings.iter_mut()));
    let about = about(collection, &keys, &boundaries, options);
    for word in [Some(&about.kind), about.generation.as_ref()].into_iter().flatten() {
        ensure!(
            is_word(word),
            "a kind or generation must consist of lower-case letters, digits and _: {word}"
        );
    }
    let mut areas = Vec::with_capacity(boundaries.areas.len());
    for (area, rings) in boundaries.areas {
        let done = u64::try_from(areas.len()).unwrap_or(total);
        progress(Step { what: "indexing areas", done, total: total.max(done) });
        let shape = Shape::new(rings);
        let shape = match options.simplify_m {
            Some(metres) => shape.and_then(|shape| simplify::simplified(&shape, metres.into())),
            None => shape,
        };
        areas.push(Area { shape, ..area });
    }
    Ok(Layer::new(about, areas))
}

/// Keys and projection, from the first feature.
fn first(
    feature: &Feature,
    collection: &Collection<'_>,
    options: &Options,
) -> anyhow::Result<(Keys, Projection)> {
    let keys = Keys::find(feature.properties(), options.kind.as_deref())?;
    let crs = collection.crs.as_ref().map(|crs| crs.properties.name.as_str());
    Ok((keys, Projection::detect(crs, feature.first_point())?))
}

fn about(
    collection: Collection<'_>,
    keys: &Keys,
    boundaries: &Boundaries,
    options: &Options,
) -> LayerAbout {
    let kind = options.kind.clone().or(collection.kind).or_else(|| keys.kind());
    let kind = kind.unwrap_or_else(|| CONSTITUENCY.to_owned());
    let codes = boundaries.areas.iter().map(|(area, _)| area.gss_code.as_str());
    let generation = options.generation.clone().or(collection.generation);
    let generation = generation.or_else(|| kinds::generation(&kind, keys.year().as_deref(), codes));
    let (from, to) =
        generation.as_deref().map_or((None, None), |generation| kinds::in_force(&kind, generation));
    let is_official = keys.kind().is_some();
    let official = |text: &str| is_official.then(|| text.to_owned());
    LayerAbout {
        valid_from: options.valid_from.or(collection.valid_from).or(from),
        valid_to: options.valid_to.or(collection.valid_to).or(to),
        name: collection.name,
        licence: collection.licence.or_else(|| official(LICENCE)),
        attribution: collection.attribution.or_else(|| official(ATTRIBUTION)),
        rough: collection.rough,
        accuracy_m: options.accuracy_m.max(options.simplify_m),
        kind,
        generation,
    }
}

/// The areas read so far, with the rings of their boundaries.
#[derive(Default)]
struct Boundaries {
    areas: Vec<(Area, Vec<Ring>)>,
    by_code: HashMap<String, usize>,
}

impl Boundaries {
    /// Adds a feature; several with the same code are parts of one area.
    fn add(
        &mut self,
        feature: Feature,
        keys: &Keys,
        projection: &Projection,
    ) -> anyhow::Result<()> {
        let area = keys.area(feature.properties())?;
        let rings = feature.rings(projection)?;
        let next = self.areas.len();
        let number = *self.by_code.entry(area.gss_code.clone()).or_insert(next);
        match self.areas.get_mut(number) {
            Some((_, known)) => known.extend(rings),
            None => self.areas.push((area, rings)),
        }
        Ok(())
    }
}
