//! The directory in memory: loading, look-ups, and reading an entry.

use std::{ops::Range, path::Path};

use contracts::values::postcode::Postcode;
use datafile::container::{Content, LoadError};

use super::{
    format::{self, About, AreaTable, Header},
    index::Index,
    kind::Kind,
    order::Order,
};
use crate::geometry::{
    micro::unpack_degrees,
    position::{GridPosition, Position},
};

/// All postcodes. Immutable; share it behind an `Arc`.
pub struct Dataset {
    pub(super) body: Content,
    pub(super) header: Header,
    /// Areas by [`Kind::place`].
    pub(super) tables: Vec<Option<AreaTable>>,
    index: Index,
    order: Order,
    /// Excluded rows: [`Dataset::northern_ireland`] or none.
    hidden: Range<u32>,
}

/// One postcode of the dataset.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    dataset: &'a Dataset,
    postcode: Postcode,
    row: u32,
    tuple: Option<u32>,
}

/// An area by its code and, if the import had one, its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area<'a> {
    pub code: &'a str,
    pub name: Option<&'a str>,
}

/// A month, as the directory dates introductions and terminations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    pub year: u32,
    /// 1 to 12.
    pub month: u32,
}

impl Dataset {
    /// Reads and verifies a dataset file.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let damaged = || format::FORMAT.damaged(path);
        let (header, body) = format::read(path)?;
        let index = Index::load(&body, header.index).ok_or_else(damaged)?;
        if !fits(&header, body.len(), index.rows()) {
            return Err(damaged());
        }
        let order = Order::new(index.outcodes());
        let tables = Kind::ALL.map(|kind| header.areas.get(&kind).copied()).to_vec();
        Ok(Self { body, header, tables, index, order, hidden: 0..0 })
    }

    /// The same, as if the file did not contain Northern Ireland.
    pub fn load_without_northern_ireland(path: &Path) -> Result<Self, LoadError> {
        let mut dataset = Self::load(path)?;
        dataset.hidden = dataset.northern_ireland();
        Ok(dataset)
    }

    pub fn about(&self) -> &About {
        &self.header.about
    }

    /// The entry of a postcode, live or terminated.
    pub fn find(&self, postcode: Postcode) -> Option<Entry<'_>> {
        Some(self.entry(postcode, self.row(postcode)?))
    }

    /// The row of a postcode: its position among all, in order.
    pub fn row(&self, postcode: Postcode) -> Option<u32> {
        self.index.row(postcode).filter(|row| self.is_shown(*row))
    }

    /// Number of postcodes that are not excluded, live or not.
    pub fn shown(&self) -> usize {
        usize::try_from(self.rows()).unwrap_or(usize::MAX) - self.hidden.len()
    }

    pub(super) fn is_shown(&self, row: u32) -> bool {
        !self.hidden.contains(&row)
    }

    /// The entries of an outcode, in order.
    pub fn of_outcode(&self, outcode: u32) -> impl Iterator<Item = Entry<'_>> {
        self.all_of(self.index.of_outcode(outcode))
    }

    pub(crate) fn entry_at(&self, row: u32) -> Option<Entry<'_>> {
        Some(self.entry(self.index.postcode(row)?, row))
    }

    /// Number of postcodes, live or not.
    pub(crate) fn rows(&self) -> u32 {
        self.index.rows()
    }

    /// Whether the postcode of a row is in use.
    pub(crate) fn is_live(&self, row: u32) -> bool {
        self.is_shown(row) && self.header.rows.terminated.get(&self.body, row).is_none()
    }

    pub(crate) fn order(&self) -> &Order {
        &self.order
    }

    /// The entries of an outcode whose inward half starts with a digit, in order.
    pub(crate) fn of_sector(&self, outcode: u32, digit: u32) -> impl Iterator<Item = Entry<'_>> {
        self.all_of(self.index.of_sector(outcode, digit))
    }

    /// Numbers of the outcodes that exist, in order.
    pub fn outcodes(&self) -> &[u32] {
        self.index.outcodes()
    }

    /// All entries, in order.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.index.outcodes().iter().flat_map(|outcode| self.of_outcode(*outcode))
    }

    fn all_of(
        &self,
        rows: impl Iterator<Item = (Postcode, u32)>,
    ) -> impl Iterator<Item = Entry<'_>> {
        let shown = rows.filter(|(_, row)| self.is_shown(*row));
        shown.map(|(postcode, row)| self.entry(postcode, row))
    }

    fn entry(&self, postcode: Postcode, row: u32) -> Entry<'_> {
        let tuple = self.header.rows.tuple.get(&self.body, row);
        Entry { dataset: self, postcode, row, tuple }
    }
}

impl<'a> Entry<'a> {
    pub fn postcode(&self) -> Postcode {
        self.postcode
    }

    pub fn dataset(&self) -> &'a Dataset {
        self.dataset
    }

    /// Number of its combination of areas: postcodes with the same number are in the same areas.
    pub(crate) fn combination(&self) -> Option<u32> {
        self.tuple
    }

    /// The area of a kind that contains it.
    pub fn area(&self, kind: Kind) -> Option<Area<'a>> {
        self.dataset.area(kind, self.number(kind)?)
    }

    /// The code of that area alone.
    pub fn code(&self, kind: Kind) -> Option<&'a str> {
        self.dataset.code(kind, self.number(kind)?)
    }

    /// The name of that area alone.
    pub fn name(&self, kind: Kind) -> Option<&'a str> {
        self.dataset.name(kind, self.number(kind)?)
    }

    fn number(&self, kind: Kind) -> Option<u32> {
        self.dataset.number_in(kind, self.tuple?)
    }

    /// The code of a kind as published in the directory: that of its area, or one that says "not applicable".
    pub fn published_code(&self, kind: Kind) -> Option<&'a str> {
        self.dataset.code(kind, self.dataset.published_number_in(kind, self.tuple?)?)
    }

    /// The name of [that code](Self::published_code).
    pub fn published_name(&self, kind: Kind) -> Option<&'a str> {
        self.dataset.name(kind, self.dataset.published_number_in(kind, self.tuple?)?)
    }

    /// Position on the national grid.
    pub fn grid(&self) -> Option<GridPosition> {
        let rows = &self.dataset.header.rows;
        Some(GridPosition {
            easting_m: rows.easting.get(&self.dataset.body, self.row)?,
            northing_m: rows.northing.get(&self.dataset.body, self.row)?,
        })
    }

    /// Position in degrees.
    pub fn position(&self) -> Option<Position> {
        let rows = &self.dataset.header.rows;
        Some(Position {
            longitude: unpack_degrees(rows.longitude.get(&self.dataset.body, self.row)?),
            latitude: unpack_degrees(rows.latitude.get(&self.dataset.body, self.row)?),
        })
    }

    pub fn is_live(&self) -> bool {
        self.dataset.is_live(self.row)
    }

    /// Its position among all postcodes, in order.
    pub fn row(&self) -> u32 {
        self.row
    }

    /// Positional quality, 1 (within the building) to 9 (no position).
    pub fn quality(&self) -> Option<u32> {
        self.dataset.header.rows.quality.get(&self.dataset.body, self.row)
    }

    pub fn introduced(&self) -> Option<Month> {
        let packed = self.dataset.header.rows.introduced.get(&self.dataset.body, self.row)?;
        Some(Month::unpack(packed))
    }

    /// When it was terminated; none if it is live, and always none if the dataset has no such dates (then
    /// [`About::terminated`] is none too).
    pub fn terminated(&self) -> Option<Month> {
        let packed = self.dataset.header.rows.terminated.get(&self.dataset.body, self.row)?;
        Some(Month::unpack(packed))
    }
}

impl Month {
    /// Reads `YYYYMM`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: u32 = text.parse().ok().filter(|_| text.len() == 6)?;
        let (year, month) = (digits / 100, digits % 100);
        (1..=12).contains(&month).then_some(Self { year, month })
    }

    pub(crate) fn pack(self) -> u32 {
        self.year * 12 + self.month - 1
    }

    fn unpack(packed: u32) -> Self {
        Self { year: packed / 12, month: packed % 12 + 1 }
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:04}{:02}", self.year, self.month)
    }
}

fn fits(header: &Header, bytes: usize, rows: u32) -> bool {
    let columns = &header.rows;
    let of_rows = [
        columns.easting,
        columns.northing,
        columns.longitude,
        columns.latitude,
        columns.quality,
        columns.introduced,
        columns.terminated,
        columns.tuple,
    ];
    of_rows.iter().all(|column| column.fits(bytes, rows))
        && header.points.fits(bytes)
        && header.areas.values().all(|table| {
            table.numbers.fits(bytes, header.tuples)
                && table.codes.fits(bytes)
                && table.names.fits(bytes)
        })
}
