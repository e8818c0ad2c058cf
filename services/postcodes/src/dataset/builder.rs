//! Collects postcodes from an import and writes them as a dataset file.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use anyhow::Context;

use super::column::{Column, Pool};
use super::format::{self, About, AreaTable, Header, RowColumns};
use super::image::{Month, pack_degrees};
use super::index::Section;
use super::kind::Kind;
use crate::grid::{Grid, Transformer};
use crate::postcode::domain::Postcode;

/// One postcode as an import reads it.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    pub postcode: Postcode,
    /// Easting and northing on its national grid, metres.
    pub grid: Option<(u32, u32)>,
    /// Longitude and latitude, degrees; worked out from the grid where missing.
    pub degrees: Option<(f64, f64)>,
    pub quality: Option<u32>,
    pub introduced: Option<Month>,
    pub terminated: Option<Month>,
    /// Codes of its areas; pseudo codes (`E99999999`) count as none.
    pub areas: &'a [(Kind, &'a str)],
}

/// Names of areas by kind and code.
pub type Names = BTreeMap<Kind, HashMap<String, String>>;

/// The dataset in the making.
pub struct Builder {
    transformer: Transformer,
    rows: Vec<Packed>,
    tuples: HashMap<Tuple, u32>,
    codes: BTreeMap<Kind, HashMap<String, u32>>,
}

/// Number of the code of each kind, in the order of [`Kind::ALL`].
type Tuple = [Option<u32>; Kind::ALL.len()];

#[derive(Clone, Copy)]
struct Packed {
    postcode: Postcode,
    easting: Option<u32>,
    northing: Option<u32>,
    longitude: Option<u32>,
    latitude: Option<u32>,
    quality: Option<u32>,
    introduced: Option<u32>,
    terminated: Option<u32>,
    tuple: u32,
}

impl Builder {
    pub fn new() -> anyhow::Result<Self> {
        let transformer = Transformer::new()?;
        Ok(Self { transformer, rows: Vec::new(), tuples: HashMap::new(), codes: BTreeMap::new() })
    }

    /// Adds a postcode; a later row of the same postcode replaces an earlier one.
    pub fn push(&mut self, row: &Row<'_>) {
        let degrees = row.degrees.or_else(|| {
            let grid = if row.postcode.is_northern_irish() { Grid::Irish } else { Grid::British };
            row.grid.and_then(|(east, north)| self.transformer.degrees(grid, east, north))
        });
        let tuple = self.tuple(row.areas);
        self.rows.push(Packed {
            postcode: row.postcode,
            easting: row.grid.map(|grid| grid.0),
            northing: row.grid.map(|grid| grid.1),
            longitude: degrees.and_then(|degrees| pack_degrees(degrees.0)),
            latitude: degrees.and_then(|degrees| pack_degrees(degrees.1)),
            quality: row.quality,
            introduced: row.introduced.map(Month::pack),
            terminated: row.terminated.map(Month::pack),
            tuple,
        });
    }

    /// Codes of a kind seen so far.
    pub fn codes(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.codes.get(&kind).into_iter().flat_map(|codes| codes.keys()).map(String::as_str)
    }

    /// Writes the file. Fills in the counts of `about`; `terminated` only where it is some.
    pub fn write(mut self, mut about: About, names: &Names, out: &Path) -> anyhow::Result<About> {
        // The sort is stable and the reversal puts later rows first, so they win.
        self.rows.reverse();
        self.rows.sort_by_key(|row| row.postcode);
        self.rows.dedup_by_key(|row| row.postcode);
        let count = |some: fn(&Packed) -> bool| {
            u32::try_from(self.rows.iter().filter(|row| some(row)).count())
                .context("too many postcodes")
        };
        about.postcodes = count(|_| true)?;
        about.located = count(|row| row.longitude.is_some())?;
        about.terminated = about.terminated.and(Some(count(|row| row.terminated.is_some())?));
        let mut body = Vec::new();
        let postcodes: Vec<Postcode> = self.rows.iter().map(|row| row.postcode).collect();
        let index = Section::write(&mut body, &postcodes);
        let rows = self.write_rows(&mut body);
        let tuples = u32::try_from(self.tuples.len()).context("too many combinations of areas")?;
        let areas = self.write_areas(&mut body, names);
        let header = Header { about, index, rows, tuples, areas };
        format::write(out, &header, &body).with_context(|| {
            format!("failed to write the postcode dataset to {}", out.display())
        })?;
        Ok(header.about)
    }

    fn tuple(&mut self, areas: &[(Kind, &str)]) -> u32 {
        let mut tuple: Tuple = [None; Kind::ALL.len()];
        for (slot, kind) in tuple.iter_mut().zip(Kind::ALL) {
            let code = areas.iter().find(|(of, _)| *of == kind).map(|(_, code)| *code);
            let Some(code) = code.filter(|code| !is_pseudo(code)) else { continue };
            let codes = self.codes.entry(kind).or_default();
            *slot = Some(match codes.get(code) {
                Some(number) => *number,
                None => intern(codes, code.to_owned()),
            });
        }
        intern(&mut self.tuples, tuple)
    }

    fn write_rows(&self, body: &mut Vec<u8>) -> RowColumns {
        let mut column = |value: fn(&Packed) -> Option<u32>| {
            let values: Vec<_> = self.rows.iter().map(value).collect();
            Column::write(body, &values)
        };
        RowColumns {
            easting: column(|row| row.easting),
            northing: column(|row| row.northing),
            longitude: column(|row| row.longitude),
            latitude: column(|row| row.latitude),
            quality: column(|row| row.quality),
            introduced: column(|row| row.introduced),
            terminated: column(|row| row.terminated),
            tuple: column(|row| Some(row.tuple)),
        }
    }

    fn write_areas(&self, body: &mut Vec<u8>, names: &Names) -> BTreeMap<Kind, AreaTable> {
        let mut tuples: Vec<(&Tuple, &u32)> = self.tuples.iter().collect();
        tuples.sort_by_key(|(_, number)| **number);
        let mut tables = BTreeMap::new();
        for (place, kind) in Kind::ALL.into_iter().enumerate() {
            let Some(codes) = self.codes.get(&kind) else { continue };
            let numbers: Vec<_> =
                tuples.iter().map(|(tuple, _)| tuple.get(place).copied().flatten()).collect();
            let mut in_order: Vec<(&str, u32)> =
                codes.iter().map(|(code, number)| (code.as_str(), *number)).collect();
            in_order.sort_by_key(|(_, number)| *number);
            let name = |code: &str| names.get(&kind).and_then(|names| names.get(code));
            let table = AreaTable {
                numbers: Column::write(body, &numbers),
                codes: Pool::write(body, in_order.iter().map(|(code, _)| *code)),
                names: Pool::write(
                    body,
                    in_order.iter().map(|(code, _)| name(code).map_or("", String::as_str)),
                ),
            };
            tables.insert(kind, table);
        }
        tables
    }
}

/// Whether a code only says "not applicable": `E99999999` and its like, or the class `Z9`.
fn is_pseudo(code: &str) -> bool {
    code.is_empty() || code == "Z9" || code.get(1..) == Some("99999999")
}

fn intern<K: std::hash::Hash + Eq>(numbers: &mut HashMap<K, u32>, key: K) -> u32 {
    let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
    *numbers.entry(key).or_insert(next)
}

#[cfg(test)]
mod tests {
    use super::is_pseudo;

    #[test]
    fn pseudo_codes_of_every_country_count_as_none() {
        for code in
            ["", "E99999999", "L99999999", "M99999999", "N99999999", "S99999999", "W99999999", "Z9"]
        {
            assert!(is_pseudo(code), "{code}");
        }
        for code in ["E14001419", "M83000003", "A1"] {
            assert!(!is_pseudo(code), "{code}");
        }
    }
}
