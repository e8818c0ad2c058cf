//! What areas are looked up in, borrowed from one edition of the data, and the index of the directory's area codes.

use super::{
    columns::{self, Column},
    domain::Areas,
    members::Members,
};
use crate::dataset::image::Dataset;

/// The directory and the layers, with their indexes.
#[derive(Clone, Copy)]
pub(crate) struct Lookup<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) areas: &'a Areas,
    pub(crate) codes: &'a Codes,
    pub(crate) members: &'a Members,
}

/// The areas of the directory by code: for each column the numbers of its areas, in the order of their codes.
pub(crate) struct Codes(Vec<Vec<u32>>);

impl Codes {
    /// Sorts the codes of a directory.
    pub(crate) fn new(dataset: &Dataset) -> Self {
        let sorted = columns::all().iter().map(|column| {
            let mut numbered: Vec<(&str, u32)> =
                dataset.areas(column.of).map(|area| area.code).zip(0..).collect();
            numbered.sort_unstable();
            numbered.into_iter().map(|(_, number)| number).collect()
        });
        Self(sorted.collect())
    }

    /// The columns that contain a code, with the number of its area.
    pub(crate) fn find<'a>(
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
