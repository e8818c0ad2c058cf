//! What lies beside an area, and what lies within it.

use std::collections::HashSet;

use serde::Serialize;

use super::{
    area_in_set::{self, Known, Source},
    columns,
    http::views::AreaView,
    layer::Layer,
};
use crate::{
    app::Data,
    geometry::shape::{Micro, Shape, edges, micro},
};

/// An area within another.
#[derive(Debug, Serialize)]
pub struct Child {
    #[serde(flatten)]
    pub area: AreaView,
    /// Its live postcodes that lie in the parent; none where that is told by the outlines.
    pub postcodes: Option<usize>,
    /// All of its live postcodes; more than `postcodes` where it lies in the parent in part.
    pub postcodes_total: Option<usize>,
}

/// Areas of the same set that share a piece of border, in the order of their codes.
pub fn neighbours(data: &Data, of: &Known<'_>) -> Vec<AreaView> {
    let layer = of.layer.and_then(|layer| Some((layer, data.areas.layers().get(layer)?)));
    let Some(((place, layer), shape)) = layer.zip(of.shape) else { return Vec::new() };
    let own: HashSet<[Micro; 2]> = borders(shape).collect();
    let numbered = layer.areas().iter().enumerate();
    let beside = numbered.filter(|(_, area)| {
        area.gss_code != of.gss_code
            && area.shape.as_ref().is_some_and(|other| {
                other.bounds().touches(&shape.bounds())
                    && borders(other).any(|edge| own.contains(&edge))
            })
    });
    let known = beside.filter_map(|(number, _)| {
        area_in_set::of(&data.dataset, &data.areas, Source::Layer { layer: place, number })
    });
    known.map(|known| AreaView::of(&known)).collect()
}

/// Edges whichever way they run.
fn borders(shape: &Shape) -> impl Iterator<Item = [Micro; 2]> {
    let all = shape.rings().flat_map(|ring| edges(ring.points));
    all.map(|[one, other]| [one.min(other), one.max(other)])
}

/// Areas of a kind that lie in an area, wholly or in part: by their postcodes where the directory has both columns, else
/// those whose centre lies within the outline. In the order of their codes.
pub fn children(
    data: &Data,
    parents: &[Known<'_>],
    kind: &str,
    generation: Option<&str>,
) -> Vec<Child> {
    let (dataset, areas) = (&data.dataset, &data.areas);
    let parent = parents.iter().find_map(|known| known.column(data));
    let column = columns::all().iter().enumerate().find(|(_, column)| {
        column.kind == kind
            && dataset.areas(column.of).next().is_some()
            && generation.is_none_or(|wanted| column.generation(dataset) == Some(wanted))
    });
    let mut children: Vec<Child> = match (parent, column) {
        (Some((parent, number)), Some((place, column))) => {
            let totals = data.members.totals(dataset, column.of);
            let shared = data.members.shared(dataset, (parent.of, number), column.of);
            let child = |(number, postcodes): (&u32, &usize)| {
                Some(Child {
                    area: AreaView::of(&area_in_set::of_column(dataset, areas, place, *number)?),
                    postcodes: Some(*postcodes),
                    postcodes_total: totals.get(number).copied(),
                })
            };
            shared.iter().filter_map(child).collect()
        }
        _ => outlined(data, parents, kind, generation),
    };
    children.sort_by(|one, other| one.area.gss_code.cmp(&other.area.gss_code));
    children
}

fn outlined(
    data: &Data,
    parents: &[Known<'_>],
    kind: &str,
    generation: Option<&str>,
) -> Vec<Child> {
    let parent = parents.iter().find_map(|known| known.shape);
    let layer = data.areas.place(kind, generation);
    let Some((parent, layer)) = parent.zip(layer) else { return Vec::new() };
    let areas = data.areas.layers().get(layer).map_or(&[][..], Layer::areas);
    let inside = areas.iter().enumerate().filter(|(_, area)| {
        let shape = area.shape.as_ref();
        shape.is_some_and(|shape| parent.contains(micro(shape.centre())))
    });
    let known = inside.filter_map(|(number, _)| {
        area_in_set::of(&data.dataset, &data.areas, Source::Layer { layer, number })
    });
    let child = |known: Known<'_>| Child {
        area: AreaView::of(&known),
        postcodes: None,
        postcodes_total: None,
    };
    known.map(child).collect()
}
