//! Web map tiles (Web Mercator): which part of the Earth a tile shows, and where in it a point is.

use std::f64::consts::PI;

use super::{
    bounds::Bounds,
    micro::{MICRO, Micro, micro},
    position::Position,
};

/// Deepest zoom: a unit of a tile is then 15 cm, the accuracy of the boundaries.
pub(crate) const MAX_ZOOM: u32 = 16;
/// Units along a tile's side.
pub(crate) const EXTENT: i32 = 4_096;
/// Units beyond the sides that are drawn too, so that lines along the sides are not visible.
pub(crate) const BUFFER: i32 = 64;
/// Circumference of the Earth in the projection, metres.
const AROUND_M: f64 = 40_075_016.686;

/// A tile, numbered from the north-west.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Tile {
    z: u32,
    x: u32,
    y: u32,
}

impl Tile {
    /// None if there is no such tile.
    pub(crate) fn new(z: u32, x: u32, y: u32) -> Option<Self> {
        let side = 1_u32.checked_shl(z).filter(|_| z <= MAX_ZOOM)?;
        (x < side && y < side).then_some(Self { z, x, y })
    }

    /// The position of a point, in units from the tile's north-west corner.
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "at most 4096 times 65536 units; std has no fallible conversion"
    )]
    pub(crate) fn project(&self, at: Micro) -> [i32; 2] {
        let scale = self.tiles() * f64::from(EXTENT);
        let [longitude, latitude] = at.map(|axis| f64::from(axis) / MICRO);
        let east = longitude / 360.0 + 0.5;
        // The projection does not reach the poles.
        let sine = latitude.to_radians().sin().clamp(-0.9999, 0.9999);
        let south = 0.5 - ((1.0 + sine) / (1.0 - sine)).ln() / (4.0 * PI);
        let offset = |units: f64, tile: u32| (units - f64::from(tile) * f64::from(EXTENT)).round();
        [offset(east * scale, self.x) as i32, offset(south * scale, self.y) as i32]
    }

    /// The part of the Earth that it shows, including the buffer.
    pub(crate) fn bounds(&self) -> Bounds {
        let margin = f64::from(BUFFER) / f64::from(EXTENT);
        let corner = |beyond: f64, x: u32, y: u32| {
            let east = (f64::from(x) + beyond) / self.tiles();
            let south = (f64::from(y) - beyond) / self.tiles();
            let latitude = (PI * (1.0 - 2.0 * south)).sinh().atan().to_degrees();
            micro(Position { longitude: east * 360.0 - 180.0, latitude })
        };
        Bounds {
            low: corner(-margin, self.x, self.y + 1),
            high: corner(margin, self.x + 1, self.y),
        }
    }

    /// Size of a unit on the ground in the middle of the tile, metres.
    pub(crate) fn unit_m(&self) -> f64 {
        let narrow = self.bounds().middle().latitude.to_radians().cos();
        AROUND_M * narrow / (self.tiles() * f64::from(EXTENT))
    }

    fn tiles(&self) -> f64 {
        2_f64.powf(f64::from(self.z))
    }
}

#[cfg(test)]
mod tests {
    use super::{EXTENT, Tile};

    #[test]
    fn there_are_four_times_as_many_tiles_at_each_zoom() {
        assert!(Tile::new(0, 0, 0).is_some() && Tile::new(0, 1, 0).is_none());
        assert!(Tile::new(9, 511, 511).is_some() && Tile::new(9, 511, 512).is_none());
        assert!(Tile::new(17, 0, 0).is_none() && Tile::new(u32::MAX, 0, 0).is_none());
    }

    #[test]
    fn the_middle_of_the_earth_is_the_middle_of_the_first_tile() {
        assert_eq!(Tile::new(0, 0, 0).unwrap().project([0, 0]), [EXTENT / 2, EXTENT / 2]);
    }

    #[test]
    fn london_is_in_the_tile_where_maps_show_it() {
        // Charing Cross at zoom 10 is in 511/340.
        let tile = Tile::new(10, 511, 340).unwrap();
        let charing_cross = [-127_600, 51_507_300];
        let [x, y] = tile.project(charing_cross);
        assert!((0..EXTENT).contains(&x) && (0..EXTENT).contains(&y), "{x} {y}");
        assert!(tile.bounds().contains(charing_cross));
        assert!((5.5..6.5).contains(&tile.unit_m()), "{}", tile.unit_m());
    }
}
