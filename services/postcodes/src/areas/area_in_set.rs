//! One area of one set, from a layer, from a column of the directory, or from both.

use super::{
    columns::{self, Column},
    domain::Areas,
    layer::{Area, Layer, LayerAbout},
    lookup::Lookup,
    members::Extent,
};
use crate::{
    dataset::image::Dataset,
    geometry::{bounds::Bounds, shape::Shape},
};

/// Where an area comes from: the number of the layer or column, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Layer { layer: usize, number: usize },
    Column { column: usize, number: u32 },
}

#[derive(Clone)]
pub(crate) struct AreaInSet<'a> {
    pub(crate) gss_code: &'a str,
    pub(crate) name: Option<&'a str>,
    pub(crate) name_welsh: Option<&'a str>,
    /// The set that it belongs to.
    pub(crate) about: LayerAbout,
    pub(crate) shape: Option<&'a Shape>,
    /// Number of its layer.
    pub(crate) layer: Option<usize>,
}

/// What identifies an area of one set, and its name.
pub(crate) struct Key<'a> {
    pub(crate) gss_code: &'a str,
    pub(crate) name: Option<&'a str>,
    pub(crate) kind: &'a str,
    pub(crate) generation: Option<&'a str>,
}

/// The key of an area; much cheaper than the whole area.
pub(crate) fn key<'a>(dataset: &'a Dataset, areas: &'a Areas, source: Source) -> Option<Key<'a>> {
    match source {
        Source::Layer { layer, number } => {
            let layer = areas.layers().get(layer)?;
            let area = layer.areas().get(number)?;
            Some(Key {
                gss_code: &area.gss_code,
                name: area.name.as_deref(),
                kind: &layer.about().kind,
                generation: layer.about().generation.as_deref(),
            })
        }
        Source::Column { column, number } => {
            let column = columns::all().get(column)?;
            let area = dataset.area(column.of, number)?;
            Some(Key {
                gss_code: area.code,
                name: area.name,
                kind: &column.kind,
                generation: column.generation(dataset),
            })
        }
    }
}

pub(crate) fn get<'a>(
    dataset: &'a Dataset,
    areas: &'a Areas,
    source: Source,
) -> Option<AreaInSet<'a>> {
    match source {
        Source::Layer { layer: place, number } => {
            let layer = areas.layers().get(place)?;
            let area: &Area = layer.areas().get(number)?;
            Some(AreaInSet {
                gss_code: &area.gss_code,
                name: area.name.as_deref(),
                name_welsh: area.name_welsh.as_deref(),
                about: layer.about().clone(),
                shape: area.shape.as_ref(),
                layer: Some(place),
            })
        }
        Source::Column { column, number } => {
            let column = columns::all().get(column)?;
            let area = dataset.area(column.of, number)?;
            Some(AreaInSet {
                gss_code: area.code,
                name: area.name,
                name_welsh: None,
                about: column.about(dataset),
                shape: None,
                layer: None,
            })
        }
    }
}

/// The area of a column, from its layer if there is one.
pub(crate) fn from_column<'a>(
    dataset: &'a Dataset,
    areas: &'a Areas,
    column: usize,
    number: u32,
) -> Option<AreaInSet<'a>> {
    let named = get(dataset, areas, Source::Column { column, number })?;
    let place = columns::all().get(column)?.layer(dataset, areas, named.gss_code);
    let outlined = place.and_then(|layer| {
        let number = areas.layers().get(layer)?.number(named.gss_code)?;
        get(dataset, areas, Source::Layer { layer, number })
    });
    Some(outlined.unwrap_or(named))
}

/// All sets that contain a code, by kind, the newest of a kind first.
pub(crate) fn find<'a>(lookup: Lookup<'a>, gss_code: &str) -> Vec<AreaInSet<'a>> {
    let Lookup { dataset, areas, codes, .. } = lookup;
    let layers = areas.layers().iter().enumerate().filter_map(|(place, layer)| {
        get(dataset, areas, Source::Layer { layer: place, number: layer.number(gss_code)? })
    });
    let columns = codes.find(dataset, gss_code).filter_map(|(place, column, number)| {
        let is_alone = column.layer(dataset, areas, gss_code).is_none();
        is_alone.then(|| get(dataset, areas, Source::Column { column: place, number })).flatten()
    });
    layers.chain(columns).collect()
}

/// The areas of a layer that have a boundary, optionally only those in or across a box.
pub(crate) fn with_boundary<'a>(
    dataset: &'a Dataset,
    areas: &'a Areas,
    layer: usize,
    bounds: Option<Bounds>,
) -> impl Iterator<Item = (AreaInSet<'a>, &'a Shape)> {
    let all = areas.layers().get(layer).map_or(&[][..], Layer::areas).iter().enumerate();
    let near = all.filter(move |(_, area)| {
        let shape = area.shape.as_ref();
        shape.is_some_and(|shape| bounds.is_none_or(|bounds| bounds.touches(&shape.bounds())))
    });
    near.filter_map(move |(number, _)| {
        let area = get(dataset, areas, Source::Layer { layer, number })?;
        let shape = area.shape?;
        Some((area, shape))
    })
}

impl AreaInSet<'_> {
    /// The directory's column of this set, and the number of the area in it.
    pub(crate) fn column(&self, lookup: Lookup<'_>) -> Option<(&'static Column, u32)> {
        let Lookup { dataset, areas, codes, .. } = lookup;
        let named = codes.find(dataset, self.gss_code).find(|(_, column, _)| {
            column.kind == self.about.kind
                && column.layer(dataset, areas, self.gss_code) == self.layer
        });
        named.map(|(_, column, number)| (column, number))
    }

    /// Where its postcodes are found.
    pub(crate) fn extent(&self, lookup: Lookup<'_>) -> Option<Extent<'_>> {
        let column = self.column(lookup);
        column
            .map(|(column, number)| Extent::Column(column.of, number))
            .or_else(|| self.shape.map(Extent::Boundary))
    }
}
