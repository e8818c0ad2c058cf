//! An index of the area codes of the directory's columns.

use super::columns::{self, Column};
use crate::dataset::image::Dataset;

/// For each column the numbers of its areas, in the order of their codes.
pub struct Codes(Vec<Vec<u32>>);

impl Codes {
    /// Sorts the codes of a directory.
    pub fn of(dataset: &Dataset) -> Self {
        let sorted = columns::all().iter().map(|column| {
            let mut numbered: Vec<(&str, u32)> =
                dataset.areas(column.of).map(|area| area.code).zip(0..).collect();
            numbered.sort_unstable();
            numbered.into_iter().map(|(_, number)| number).collect()
        });
        Self(sorted.collect())
    }

    /// The columns that contain a code, with the number of its area.
    pub fn find<'a>(
        &'a self,
        dataset: &'a Dataset,
        gss_code: &'a str,
    ) -> impl Iterator<Item = (usize, &'static Column, u32)> {
        let columns = columns::all().iter().zip(&self.0).enumerate();
        columns.filter_map(move |(place, (column, numbers))| {
            let code = |number: u32| dataset.code(column.of, number);
            let found = numbers.binary_search_by(|number| code(*number).cmp(&Some(gss_code)));
            Some((place, column, *numbers.get(found.ok()?)?))
        })
    }
}
