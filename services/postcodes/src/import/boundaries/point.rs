//! A point of a file: two numbers, in degrees or metres.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};

/// The first two numbers of a position; a height is ignored.
#[derive(Clone, Copy)]
pub(super) struct Point(pub(super) [f64; 2]);

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(PointVisitor)
    }
}

struct PointVisitor;

impl<'de> Visitor<'de> for PointVisitor {
    type Value = Point;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a position of two numbers or more")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Point, A::Error> {
        let short = |length| serde::de::Error::invalid_length(length, &self);
        let x = sequence.next_element()?.ok_or_else(|| short(0))?;
        let y = sequence.next_element()?.ok_or_else(|| short(1))?;
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Point([x, y]))
    }
}
