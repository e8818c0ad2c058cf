//! The encoding of a tile: Mapbox Vector Tile 2.1, one layer of polygons with `gss_code` and `name`.

use prost::Message;

use super::clip::{self, Unit};
use crate::geometry::{
    shape::Shape,
    tile::{EXTENT, Tile},
};

/// Version of the specification in a layer.
const VERSION: u32 = 2;
/// Polygons, of the kinds of geometry.
const POLYGON: i32 = 3;
const MOVE_TO: u32 = 1;
const LINE_TO: u32 = 2;
const CLOSE_PATH: u32 = 7;
const KEYS: [&str; 2] = ["gss_code", "name"];

#[derive(Clone, PartialEq, Message)]
struct Document {
    #[prost(message, repeated, tag = "3")]
    layers: Vec<Layer>,
}

#[derive(Clone, PartialEq, Message)]
struct Layer {
    #[prost(uint32, required, tag = "15")]
    version: u32,
    #[prost(string, required, tag = "1")]
    name: String,
    #[prost(message, repeated, tag = "2")]
    features: Vec<Feature>,
    #[prost(string, repeated, tag = "3")]
    keys: Vec<String>,
    #[prost(message, repeated, tag = "4")]
    values: Vec<Value>,
    #[prost(uint32, optional, tag = "5")]
    extent: Option<u32>,
}

#[derive(Clone, PartialEq, Message)]
struct Feature {
    /// Pairs of key and value, by number.
    #[prost(uint32, repeated, tag = "2")]
    tags: Vec<u32>,
    #[prost(int32, optional, tag = "3")]
    kind: Option<i32>,
    #[prost(uint32, repeated, tag = "4")]
    geometry: Vec<u32>,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, optional, tag = "1")]
    text: Option<String>,
}

/// A tile under construction.
pub(super) struct Builder {
    tile: Tile,
    layer: Layer,
}

impl Builder {
    pub(super) fn new(tile: Tile, name: &str) -> Self {
        let layer = Layer {
            version: VERSION,
            name: name.to_owned(),
            keys: KEYS.map(str::to_owned).to_vec(),
            extent: u32::try_from(EXTENT).ok(),
            ..Layer::default()
        };
        Self { tile, layer }
    }

    /// Draws an area, unless no part of it is visible.
    pub(super) fn add(&mut self, gss_code: &str, name: &str, shape: &Shape) {
        let mut path = Path::default();
        let mut is_drawn = false;
        for ring in shape.rings() {
            let points = clip::ring(ring.points.iter().map(|at| self.tile.project(*at)));
            let is_seen = points.len() > 2 && clip::twice_area(&points) != 0;
            // If a polygon is not drawn, its holes are not either.
            is_drawn = if ring.is_outer { is_seen } else { is_drawn };
            if is_seen && is_drawn {
                path.ring(points, ring.is_outer);
            }
        }
        if path.commands.is_empty() {
            return;
        }
        let mut tags = Vec::new();
        for (key, text) in (0..).zip([gss_code, name]) {
            tags.extend([key, u32::try_from(self.layer.values.len()).unwrap_or_default()]);
            self.layer.values.push(Value { text: Some(text.to_owned()) });
        }
        self.layer.features.push(Feature { tags, kind: Some(POLYGON), geometry: path.commands });
    }

    /// The encoded tile; empty if nothing was drawn.
    pub(super) fn finish(self) -> Vec<u8> {
        if self.layer.features.is_empty() {
            return Vec::new();
        }
        Document { layers: vec![self.layer] }.encode_to_vec()
    }
}

/// Drawing commands of a feature; points are relative to the previous one.
#[derive(Default)]
struct Path {
    commands: Vec<u32>,
    at: Unit,
}

impl Path {
    /// Outer rings run clockwise on the screen, holes counterclockwise (specification §4.3.4.4).
    fn ring(&mut self, mut points: Vec<Unit>, is_outer: bool) {
        if (clip::twice_area(&points) > 0) != is_outer {
            points.reverse();
        }
        let Some((first, rest)) = points.split_first() else { return };
        self.commands.push(command(MOVE_TO, 1));
        self.point(*first);
        self.commands.push(command(LINE_TO, u32::try_from(rest.len()).unwrap_or_default()));
        for point in rest {
            self.point(*point);
        }
        self.commands.push(command(CLOSE_PATH, 1));
    }

    fn point(&mut self, to: Unit) {
        let zigzag = |way: i32| (way << 1 ^ way >> 31).cast_unsigned();
        self.commands.extend([zigzag(to[0] - self.at[0]), zigzag(to[1] - self.at[1])]);
        self.at = to;
    }
}

fn command(what: u32, count: u32) -> u32 {
    count << 3 | what
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::{Builder, Document, Path};
    use crate::geometry::{
        shape::{Ring, Shape},
        tile::Tile,
    };

    #[test]
    fn the_example_of_the_specification_is_encoded_as_it_says() {
        let mut path = Path::default();
        path.ring(vec![[3, 6], [8, 12], [20, 34]], true);
        assert_eq!(path.commands, [9, 6, 12, 18, 10, 12, 24, 44, 15]);
    }

    #[test]
    fn an_area_in_the_tile_is_drawn_with_its_code_and_name() {
        let points = vec![[-1_000_000, 51_000_000], [0, 51_000_000], [0, 52_000_000]];
        let points = [points.clone(), vec![points[0]]].concat();
        let shape = Shape::new(vec![Ring { is_outer: true, points, anchors: vec![] }]).unwrap();
        let mut tile = Builder::new(Tile::new(4, 7, 5).unwrap(), "ward");
        tile.add("E05000001", "Somewhere", &shape);
        let read = Document::decode(&*tile.finish()).unwrap();
        let layer = &read.layers[0];
        assert_eq!((layer.name.as_str(), layer.version, layer.extent), ("ward", 2, Some(4_096)));
        assert_eq!(layer.features[0].tags, [0, 0, 1, 1]);
        assert_eq!(layer.values[1].text.as_deref(), Some("Somewhere"));
        let mut elsewhere = Builder::new(Tile::new(4, 0, 0).unwrap(), "ward");
        elsewhere.add("E05000001", "Somewhere", &shape);
        assert!(elsewhere.finish().is_empty());
    }
}
