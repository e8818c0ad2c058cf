//! A shape drawn by a caller: polygons or a circle.

use super::{
    micro::{metres_per_degree, micro},
    position::Position,
    shape::Shape,
    sphere,
};

/// A shape whose inside is well defined.
#[derive(Clone, Debug)]
pub(crate) enum Drawn {
    /// Polygons, each with its holes.
    Polygons(Vec<Shape>),
    Circle {
        centre: Position,
        radius_m: f64,
    },
}

impl Drawn {
    /// Whether a position is inside.
    pub(crate) fn contains(&self, at: Position) -> bool {
        match self {
            Self::Polygons(shapes) => shapes.iter().any(|shape| shape.contains(micro(at))),
            Self::Circle { centre, radius_m } => sphere::distance_m(*centre, at) <= *radius_m,
        }
    }

    /// Whether its border is within a distance of a position.
    pub(crate) fn is_near_border(&self, at: Position, reach_m: f64) -> bool {
        match self {
            Self::Polygons(shapes) => {
                shapes.iter().any(|shape| shape.border_within(at, reach_m).is_some())
            }
            Self::Circle { centre, radius_m } => {
                (sphere::distance_m(*centre, at) - radius_m).abs() <= reach_m
            }
        }
    }

    /// Boxes `[west, south, east, north]` in degrees that contain it.
    pub(crate) fn boxes(&self) -> Vec<[f64; 4]> {
        match self {
            Self::Polygons(shapes) => shapes.iter().map(|shape| shape.bounds().degrees()).collect(),
            Self::Circle { centre, radius_m } => vec![sphere::box_around(*centre, *radius_m)],
        }
    }

    /// Approximate area of the boxes, in square kilometres.
    pub(crate) fn box_km2(&self) -> f64 {
        let area = |[west, south, east, north]: [f64; 4]| {
            let [wide, high] = metres_per_degree(f64::midpoint(south, north));
            (east - west) * wide * (north - south) * high / 1e6
        };
        self.boxes().into_iter().map(area).sum()
    }
}
