//! The encoding of areas: texts with their lengths, points as differences, all numbers in LEB128.
//!
//! Differences are zigzag-encoded, each from the previous point of the layer. The closing point of a ring is not stored.

use crate::{
    areas::layer::Area,
    geometry::{
        micro::Micro,
        shape::{Ring, RingView, Shape},
    },
};

/// Writes areas.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
    last: Micro,
}

/// Reads what [`Writer`] wrote. Every method returns none at the first invalid byte.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    last: Micro,
}

impl Writer {
    pub(super) fn area(&mut self, area: &Area) {
        self.text(&area.gss_code);
        self.text(area.name.as_deref().unwrap_or_default());
        self.text(area.name_welsh.as_deref().unwrap_or_default());
        let rings = area.shape.iter().flat_map(Shape::rings);
        self.length(rings.clone().count());
        for ring in rings {
            self.ring(ring);
        }
    }

    fn ring(&mut self, ring: RingView<'_>) {
        let corners = ring.points.split_last().map_or(ring.points, |(_, open)| open);
        // The lowest bit distinguishes outer rings from holes.
        self.number(u64_of(corners.len()) << 1 | u64::from(ring.is_outer));
        for point in corners {
            for (to, from) in point.iter().zip(self.last) {
                self.number(zigzag(i64::from(*to) - i64::from(from)));
            }
            self.last = *point;
        }
        self.length(ring.anchors.len());
        let mut before = 0;
        for anchor in ring.anchors {
            self.number(u64::from(anchor - before));
            before = *anchor;
        }
    }

    fn text(&mut self, text: &str) {
        self.length(text.len());
        self.bytes.extend(text.bytes());
    }

    fn length(&mut self, length: usize) {
        self.number(u64_of(length));
    }

    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(low_bits(number) | 0x80);
            number >>= 7;
        }
        self.bytes.push(low_bits(number));
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, last: [0; 2] }
    }

    /// Whether everything was read.
    pub(super) fn is_at_end(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn area(&mut self) -> Option<Area> {
        let gss_code = self.text()?;
        let [name, name_welsh] =
            [self.text()?, self.text()?].map(|text| Some(text).filter(|text| !text.is_empty()));
        let rings = self.length()?;
        let rings: Vec<Ring> = (0..rings).map(|_| self.ring()).collect::<Option<_>>()?;
        let has_boundary = !rings.is_empty();
        let shape = Shape::new(rings);
        (shape.is_some() == has_boundary).then_some(Area { gss_code, name, name_welsh, shape })
    }

    fn ring(&mut self) -> Option<Ring> {
        let head = self.number()?;
        let corners =
            usize::try_from(head >> 1).ok().filter(|corners| *corners <= self.bytes.len())?;
        let mut points = Vec::with_capacity(corners + 1);
        for _ in 0..corners {
            let [x, y] = self.last;
            self.last = [self.coordinate(x)?, self.coordinate(y)?];
            points.push(self.last);
        }
        points.push(*points.first()?);
        let mut anchors = Vec::new();
        let mut before = 0_u32;
        for _ in 0..self.length()? {
            before = before.checked_add(u32::try_from(self.number()?).ok()?)?;
            anchors.push(before);
        }
        let is_anchored = anchors
            .last()
            .is_none_or(|last| usize::try_from(*last).is_ok_and(|last| last < corners));
        is_anchored.then_some(Ring { is_outer: head & 1 == 1, points, anchors })
    }

    fn coordinate(&mut self, before: i32) -> Option<i32> {
        i32::try_from(i64::from(before).checked_add(unzigzag(self.number()?))?).ok()
    }

    fn text(&mut self) -> Option<String> {
        let length = self.length()?;
        let (text, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        String::from_utf8(text.to_vec()).ok()
    }

    /// A number of items that take at least a byte each.
    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok().filter(|length| *length <= self.bytes.len())
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let (byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

fn u64_of(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn low_bits(number: u64) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or_default()
}

fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63).cast_unsigned()
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::{Area, Reader, Ring, Shape, Writer};

    fn area(rings: Vec<Ring>) -> Area {
        Area {
            gss_code: "W07000112".to_owned(),
            name: Some("Ynys Môn".to_owned()),
            name_welsh: None,
            shape: Shape::new(rings),
        }
    }

    fn rings() -> Vec<Ring> {
        let [far, near] = [[-180_000_000, 90_000_000], [180_000_000, -90_000_000]];
        let points = vec![far, near, [0, 0], [-1, 1], far];
        let hole = vec![[5, 5], [6, 5], [6, 6], [5, 5]];
        vec![
            Ring { is_outer: true, points, anchors: vec![0, 3] },
            Ring { is_outer: false, points: hole, anchors: vec![] },
        ]
    }

    #[test]
    fn areas_are_read_as_they_were_written() {
        let mut writer = Writer::default();
        writer.area(&area(rings()));
        writer.area(&area(vec![]));
        let mut reader = Reader::new(&writer.bytes);
        let [full, empty] = [reader.area().unwrap(), reader.area().unwrap()];
        assert!(reader.is_at_end());
        assert_eq!(full.name.as_deref(), Some("Ynys Môn"));
        assert!(empty.shape.is_none() && empty.name_welsh.is_none());
        let read = full.shape.unwrap();
        for (ring, expected) in read.rings().zip(rings()) {
            assert_eq!(ring.is_outer, expected.is_outer);
            assert_eq!((ring.points, ring.anchors), (&*expected.points, &*expected.anchors));
        }
    }

    #[test]
    fn truncated_or_corrupt_bytes_are_rejected_without_using_memory() {
        let mut writer = Writer::default();
        writer.area(&area(rings()));
        for length in 0..writer.bytes.len() {
            assert!(Reader::new(&writer.bytes[..length]).area().is_none(), "{length} bytes");
        }
        assert!(Reader::new(&[0xff; 64]).area().is_none());
        assert!(Reader::new(&[0, 0, 0, 0x01, 0xff, 0xff, 0xff, 0x7f]).area().is_none());
    }
}
