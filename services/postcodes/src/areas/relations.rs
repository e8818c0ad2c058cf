//! The neighbours of an area, and the areas within it.

use std::collections::HashSet;

use super::{
    area_in_set::{self, AreaInSet, Source},
    columns,
    layer::Layer,
    lookup::Lookup,
};
use crate::geometry::{
    micro::{Micro, micro},
    shape::{Shape, edges},
};

/// An area within another.
pub(super) struct Child<'a> {
    pub(super) area: AreaInSet<'a>,
    /// Its live postcodes that are in the parent; none where only the boundaries are known.
    pub(super) postcodes: Option<usize>,
    /// All of its live postcodes: more than `postcodes` where it is only partly in the parent.
    pub(super) postcodes_total: Option<usize>,
}

/// Areas of the same set that share a border, in the order of their codes.
pub(super) fn neighbours<'a>(lookup: Lookup<'a>, of: &AreaInSet<'_>) -> Vec<AreaInSet<'a>> {
    let Lookup { dataset, areas, .. } = lookup;
    let layer = of.layer.and_then(|number| Some((number, areas.layers().get(number)?)));
    let Some(((layer, set), shape)) = layer.zip(of.shape) else { return Vec::new() };
    let own: HashSet<[Micro; 2]> = undirected_edges(shape).collect();
    let touching = set.areas().iter().enumerate().filter(|(_, area)| {
        area.gss_code != of.gss_code
            && area.shape.as_ref().is_some_and(|other| {
                other.bounds().touches(&shape.bounds())
                    && undirected_edges(other).any(|edge| own.contains(&edge))
            })
    });
    let source = |number| Source::Layer { layer, number };
    touching.filter_map(|(number, _)| area_in_set::get(dataset, areas, source(number))).collect()
}

/// Edges, whichever direction their ring runs in.
fn undirected_edges(shape: &Shape) -> impl Iterator<Item = [Micro; 2]> {
    let all = shape.rings().flat_map(|ring| edges(ring.points));
    all.map(|[one, other]| [one.min(other), one.max(other)])
}

/// Areas of a kind that are in an area, wholly or partly: by their postcodes where the directory has both columns, otherwise
/// those whose centre is inside the boundary. In the order of their codes.
pub(super) fn children<'a>(
    lookup: Lookup<'a>,
    parents: &[AreaInSet<'_>],
    kind: &str,
    generation: Option<&str>,
) -> Vec<Child<'a>> {
    let Lookup { dataset, areas, members, .. } = lookup;
    let parent = parents.iter().find_map(|area| area.column(lookup));
    let column = columns::all().iter().enumerate().find(|(_, column)| {
        column.kind == kind
            && dataset.areas(column.of).next().is_some()
            && generation.is_none_or(|wanted| column.generation(dataset) == Some(wanted))
    });
    let mut children: Vec<Child<'_>> = match (parent, column) {
        (Some((parent, number)), Some((place, column))) => {
            let totals = members.totals(dataset, column.of);
            let shared = members.shared(dataset, (parent.of, number), column.of);
            let child = |(number, postcodes): (&u32, &usize)| {
                Some(Child {
                    area: area_in_set::from_column(dataset, areas, place, *number)?,
                    postcodes: Some(*postcodes),
                    postcodes_total: totals.get(number).copied(),
                })
            };
            shared.iter().filter_map(child).collect()
        }
        _ => children_by_boundary(lookup, parents, kind, generation),
    };
    children.sort_by(|one, other| one.area.gss_code.cmp(other.area.gss_code));
    children
}

fn children_by_boundary<'a>(
    lookup: Lookup<'a>,
    parents: &[AreaInSet<'_>],
    kind: &str,
    generation: Option<&str>,
) -> Vec<Child<'a>> {
    let Lookup { dataset, areas, .. } = lookup;
    let parent = parents.iter().find_map(|area| area.shape);
    let Some((parent, layer)) = parent.zip(areas.place(kind, generation)) else {
        return Vec::new();
    };
    let all = areas.layers().get(layer).map_or(&[][..], Layer::areas).iter().enumerate();
    let inside = all.filter(|(_, area)| {
        let shape = area.shape.as_ref();
        shape.is_some_and(|shape| parent.contains(micro(shape.centre())))
    });
    let source = |number| Source::Layer { layer, number };
    inside
        .filter_map(|(number, _)| area_in_set::get(dataset, areas, source(number)))
        .map(|area| Child { area, postcodes: None, postcodes_total: None })
        .collect()
}
