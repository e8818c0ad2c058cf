//! Collects the postcodes of an import and writes them as a dataset file. A row in memory takes only 32 bytes: codes are
//! numbered, and rows share their combination ("tuple") of areas.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use anyhow::Context;
use contracts::values::postcode::Postcode;
use datafile::grid::{Grid, Transformer};
use indexmap::IndexSet;

use super::{
    codes::{Codes, as_number, is_nothing, place_in_file},
    column::{Column, Pool, Value},
    format::{self, About, AreaTable, Header, RowColumns},
    image::Month,
    index::Section,
    kind::Kind,
    tree::{Point, Tree},
};
use crate::geometry::micro::pack_degrees;

/// One postcode to import.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    pub postcode: Postcode,
    /// Easting and northing on its national grid, metres.
    pub grid: Option<(u32, u32)>,
    /// Longitude and latitude, degrees; computed from the grid if missing.
    pub degrees: Option<(f64, f64)>,
    pub quality: Option<u32>,
    pub introduced: Option<Month>,
    pub terminated: Option<Month>,
    /// Codes of its areas; empty if there is none. One that says "not applicable" (`E99999999`) is kept but is not an area.
    pub areas: &'a [(Kind, &'a str)],
}

/// Names of areas by kind and code. For a kind that [follows](Kind::follows) another, also its own code by the code of the
/// other.
pub type Names = BTreeMap<Kind, HashMap<String, String>>;

/// A dataset under construction.
pub struct Builder {
    transformer: Transformer,
    rows: Vec<Packed>,
    in_order: bool,
    repeated: u32,
    tuples: IndexSet<Tuple>,
    codes: BTreeMap<Kind, Codes>,
}

/// Number of the code of each kind plus one, in the order of [`Kind::ALL`]; 0 for none.
type Tuple = [u32; Kind::ALL.len()];

/// Where the numbers of a kind come from.
struct Source {
    /// Position of the determining kind in [`Kind::ALL`].
    place: usize,
    /// How many of its codes are of areas.
    areas: u32,
    /// The kind's own numbers by those of the determining kind, if it is another.
    own: Option<Vec<Option<u32>>>,
}

/// A row; in optional fields 0 means none, and other values are stored plus one.
#[derive(Clone, Copy)]
struct Packed {
    postcode: Postcode,
    easting: u32,
    northing: u32,
    longitude: u32,
    latitude: u32,
    tuple: u32,
    introduced: u16,
    terminated: u16,
    quality: u8,
}

const _: () = assert!(size_of::<Packed>() <= 32, "millions of these are held at once");

impl Builder {
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self {
            transformer: Transformer::new()?,
            rows: Vec::new(),
            in_order: true,
            repeated: 0,
            tuples: IndexSet::new(),
            codes: BTreeMap::new(),
        })
    }

    /// Adds a postcode. Of several rows of one postcode a live one stays, whatever the order, otherwise the last.
    pub fn push(&mut self, row: &Row<'_>) {
        let degrees = row.degrees.or_else(|| {
            let grid = if row.postcode.is_northern_irish() { Grid::Irish } else { Grid::British };
            row.grid.and_then(|(east, north)| self.transformer.degrees(grid, east, north))
        });
        let mut tuple = [0; Kind::ALL.len()];
        for (kind, code) in row.areas {
            self.set(&mut tuple, *kind, code);
        }
        let tuple = self.number(tuple);
        self.in_order &= self.rows.last().is_none_or(|last| last.postcode < row.postcode);
        self.rows.push(Packed {
            postcode: row.postcode,
            easting: some(row.grid.map(|grid| grid.0)),
            northing: some(row.grid.map(|grid| grid.1)),
            longitude: some(degrees.and_then(|degrees| pack_degrees(degrees.0))),
            latitude: some(degrees.and_then(|degrees| pack_degrees(degrees.1))),
            tuple,
            introduced: narrow(row.introduced.map(Month::pack)),
            terminated: narrow(row.terminated.map(Month::pack)),
            quality: narrow(row.quality),
        });
    }

    /// Sets the area of one kind for an existing postcode; false if it does not exist.
    pub fn overlay(&mut self, postcode: Postcode, kind: Kind, code: &str) -> bool {
        self.sort();
        let found = self.rows.binary_search_by_key(&postcode, |row| row.postcode).ok();
        let Some(mut row) = found.and_then(|place| self.rows.get(place).copied()) else {
            return false;
        };
        let before = usize::try_from(row.tuple).ok().and_then(|at| self.tuples.get_index(at));
        let mut tuple = before.copied().unwrap_or([0; Kind::ALL.len()]);
        self.set(&mut tuple, kind, code);
        row.tuple = self.number(tuple);
        if let Some(place) = found.and_then(|place| self.rows.get_mut(place)) {
            *place = row;
        }
        true
    }

    /// Codes of the areas of a kind seen so far.
    pub fn codes(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.codes.get(&kind).into_iter().flat_map(Codes::areas)
    }

    /// Rows left out, because another of the same postcode stays.
    pub fn repeated(&mut self) -> u32 {
        self.sort();
        self.repeated
    }

    /// Distinct combinations of areas so far.
    pub fn combinations(&self) -> usize {
        self.tuples.len()
    }

    /// Writes the file. Sets the counts of `about`; `terminated` only if it is some.
    pub fn write(mut self, mut about: About, names: &Names, out: &Path) -> anyhow::Result<About> {
        self.sort();
        let count = |has: fn(&Packed) -> bool| {
            u32::try_from(self.rows.iter().filter(|row| has(row)).count())
                .context("too many postcodes")
        };
        about.postcodes = count(|_| true)?;
        about.located = count(|row| row.longitude != 0)?;
        about.terminated = about.terminated.and(Some(count(|row| row.terminated != 0)?));
        let mut body = Vec::new();
        let postcodes: Vec<Postcode> = self.rows.iter().map(|row| row.postcode).collect();
        let index = Section::write(&mut body, &postcodes);
        drop(postcodes);
        let rows = self.write_rows(&mut body);
        let points = Tree::write(&mut body, self.points());
        self.rows = Vec::new();
        let tuples = u32::try_from(self.tuples.len()).context("too many combinations of areas")?;
        let areas = self.write_areas(&mut body, names);
        let header = Header { about, index, rows, points, tuples, areas };
        format::write(out, &header, &body).with_context(|| {
            format!("failed to write the postcode dataset to {}", out.display())
        })?;
        Ok(header.about)
    }

    /// Sorts rows by postcode; of several rows of one postcode, one is kept.
    fn sort(&mut self) {
        if self.in_order {
            return;
        }
        // The sort is stable and the reversal puts later rows first, so they win among live ones, and among terminated ones.
        self.rows.reverse();
        self.rows.sort_by_key(|row| (row.postcode, row.terminated != 0));
        let before = self.rows.len();
        self.rows.dedup_by_key(|row| row.postcode);
        self.repeated += as_number(before - self.rows.len());
        self.in_order = true;
    }

    fn set(&mut self, tuple: &mut Tuple, kind: Kind, code: &str) {
        let Some(slot) = tuple.get_mut(kind.place()) else { return };
        let number = (!is_nothing(kind, code)).then(|| {
            let codes = self.codes.entry(kind).or_default();
            codes.number(code)
        });
        *slot = some(number);
    }

    fn number(&mut self, tuple: Tuple) -> u32 {
        let before = self.rows.last().map(|row| row.tuple).filter(|before| {
            usize::try_from(*before).ok().and_then(|at| self.tuples.get_index(at)) == Some(&tuple)
        });
        before.unwrap_or_else(|| as_number(self.tuples.insert_full(tuple).0))
    }

    /// Positions of live postcodes.
    fn points(&self) -> Vec<Point> {
        let live = (0..).zip(&self.rows).filter(|(_, row)| row.terminated == 0);
        let located = live.filter_map(|(number, row)| {
            let degrees = [row.longitude.checked_sub(1)?, row.latitude.checked_sub(1)?];
            Some(Point { degrees, row: number })
        });
        located.collect()
    }

    fn write_rows(&self, body: &mut Vec<u8>) -> RowColumns {
        let of = |row: usize, value: fn(&Packed) -> u32| value(self.rows.get(row)?).checked_sub(1);
        let [easting, northing, longitude, latitude, quality, introduced, terminated, tuple] =
            Column::write(
                body,
                self.rows.len(),
                [
                    &|row| of(row, |row| row.easting),
                    &|row| of(row, |row| row.northing),
                    &|row| of(row, |row| row.longitude),
                    &|row| of(row, |row| row.latitude),
                    &|row| of(row, |row| row.quality.into()),
                    &|row| of(row, |row| row.introduced.into()),
                    &|row| of(row, |row| row.terminated.into()),
                    &|row| of(row, |row| row.tuple.saturating_add(1)),
                ],
            );
        RowColumns {
            easting,
            northing,
            longitude,
            latitude,
            quality,
            introduced,
            terminated,
            tuple,
        }
    }

    fn write_areas(&mut self, body: &mut Vec<u8>, names: &Names) -> BTreeMap<Kind, AreaTable> {
        let sources = Kind::ALL.map(|kind| self.source(kind, names));
        let number = |place: usize, tuple: usize| {
            let Source { place, areas, own } = sources.get(place)?;
            let number = self.tuples.get_index(tuple)?.get(*place)?.checked_sub(1)?;
            let number = place_in_file(number, *areas);
            match own {
                None => Some(number),
                Some(own) => own.get(usize::try_from(number).ok()?).copied().flatten(),
            }
        };
        let values: [_; Kind::ALL.len()] =
            std::array::from_fn(|place| move |tuple| number(place, tuple));
        let values = values.each_ref().map(|value| -> Value<'_> { value });
        let columns = Column::write(body, self.tuples.len(), values);
        let mut tables = BTreeMap::new();
        for (kind, numbers) in Kind::ALL.into_iter().zip(columns) {
            let Some(codes) = self.codes.get(&kind) else { continue };
            let name = |code: &str| names.get(&kind)?.get(code).map(String::as_str);
            let codes_of = Pool::write(body, codes.all());
            let names_of = codes.all().map(|code| name(code).unwrap_or_default());
            let names_of = Pool::write(body, names_of);
            let areas = codes.count();
            tables.insert(kind, AreaTable { numbers, areas, codes: codes_of, names: names_of });
        }
        tables
    }

    /// Where the numbers of a kind come from; numbers its codes if another kind determines them.
    fn source(&mut self, kind: Kind, names: &Names) -> Source {
        let has_column = self.codes.contains_key(&kind);
        let base = kind.follows().filter(|_| !has_column);
        let own = base.map(|base| self.follow(kind, base, names));
        let decides = base.unwrap_or(kind);
        let areas = self.codes.get(&decides).map_or(0, Codes::count);
        Source { place: decides.place(), areas, own }
    }

    /// Numbers the codes of a kind that another determines; returns them by the number of the other's.
    fn follow(&mut self, kind: Kind, base: Kind, names: &Names) -> Vec<Option<u32>> {
        let Some((table, bases)) = names.get(&kind).zip(self.codes.get(&base)) else {
            return Vec::new();
        };
        let mut codes = Codes::default();
        let own = bases.areas().map(|code| {
            let code = table.get(code).filter(|code| !is_nothing(kind, code))?;
            Some(codes.number(code))
        });
        let own = own.collect();
        self.codes.insert(kind, codes);
        own
    }
}

/// The value plus one; 0 for none.
fn some(value: Option<u32>) -> u32 {
    value.map_or(0, |value| value.saturating_add(1))
}

/// The same in a smaller type; a value that does not fit becomes none.
fn narrow<T: TryFrom<u32> + Default>(value: Option<u32>) -> T {
    T::try_from(some(value)).unwrap_or_default()
}
