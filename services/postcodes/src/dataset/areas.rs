//! The areas of the directory by number, and the combinations of areas of its postcodes.

use super::{
    format::AreaTable,
    image::{Area, Dataset},
    kind::Kind,
};

impl Dataset {
    /// The area of a kind with a number.
    pub(crate) fn area(&self, kind: Kind, number: u32) -> Option<Area<'_>> {
        Some(Area { code: self.code(kind, number)?, name: self.name(kind, number) })
    }

    /// The code of a kind with a number.
    pub(crate) fn code(&self, kind: Kind, number: u32) -> Option<&str> {
        self.table(kind)?.codes.get(&self.body, number)
    }

    /// The name of a kind with a number.
    pub(crate) fn name(&self, kind: Kind, number: u32) -> Option<&str> {
        self.table(kind)?.names.get(&self.body, number)
    }

    /// All areas of a kind, by number.
    pub(crate) fn areas(&self, kind: Kind) -> impl Iterator<Item = Area<'_>> {
        let count = self.table(kind).map_or(0, |table| table.areas);
        (0..count).map_while(move |number| self.area(kind, number))
    }

    /// The number of the area of a kind in a combination of areas.
    pub(crate) fn number_in(&self, kind: Kind, tuple: u32) -> Option<u32> {
        let table = self.table(kind)?;
        table.numbers.get(&self.body, tuple).filter(|number| *number < table.areas)
    }

    /// The same, or the number of a code that says "not applicable".
    pub(crate) fn published_number_in(&self, kind: Kind, tuple: u32) -> Option<u32> {
        self.table(kind)?.numbers.get(&self.body, tuple)
    }

    /// Number of the combination of areas of a row.
    pub(crate) fn tuple_at(&self, row: u32) -> Option<u32> {
        self.header.rows.tuple.get(&self.body, row)
    }

    pub(crate) fn tuples(&self) -> u32 {
        self.header.tuples
    }

    fn table(&self, kind: Kind) -> Option<&AreaTable> {
        self.tables.get(kind.place())?.as_ref()
    }
}
