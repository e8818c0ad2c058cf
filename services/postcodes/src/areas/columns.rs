//! The directory's columns of areas: the kind and generation of each, in the terms of the layers.

use std::sync::LazyLock;

use super::{
    domain::{Areas, CONSTITUENCY},
    kinds::{Heading, in_force},
    layer::LayerAbout,
};
use crate::dataset::{image::Dataset, kind::Kind};

#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) of: Kind,
    pub(crate) kind: String,
    /// If the name of the column says it (`lsoa21cd`).
    generation: Option<String>,
}

/// All columns of areas. Classifications such as urban and rural are not areas.
static ALL: LazyLock<Vec<Column>> = LazyLock::new(|| {
    let column = |of: Kind| {
        // It comes from another directory and has no column in this one.
        if of == Kind::Constituency2010 {
            let generation = Some("2010".to_owned());
            return Some(Column { of, generation, kind: CONSTITUENCY.to_owned() });
        }
        let heading = Heading::parse(of.headings().first()?)?;
        Some(Column { of, generation: heading.year(), kind: heading.kind })
    };
    Kind::ALL.into_iter().filter_map(column).collect()
});

pub(super) fn all() -> &'static [Column] {
    &ALL
}

impl Column {
    /// The generation of its areas in a directory; none if not known.
    pub(crate) fn generation<'a>(&'a self, dataset: &'a Dataset) -> Option<&'a str> {
        let constituencies = dataset.about().constituency_generation.as_deref();
        self.generation.as_deref().or(constituencies.filter(|_| self.kind == CONSTITUENCY))
    }

    /// Number of the layer with the boundary of an area of this column: that of the same generation, or, if the generation of
    /// the column is not known, the newest that has the code.
    pub(crate) fn layer(&self, dataset: &Dataset, areas: &Areas, gss_code: &str) -> Option<usize> {
        let generation = self.generation(dataset);
        areas.layers().iter().position(|layer| {
            let about = layer.about();
            about.kind == self.kind
                && generation.map_or_else(
                    || layer.find(gss_code).is_some(),
                    |generation| about.generation.as_deref() == Some(generation),
                )
        })
    }

    /// The description that a layer of its areas would have.
    pub(crate) fn about(&self, dataset: &Dataset) -> LayerAbout {
        let generation = self.generation(dataset).map(str::to_owned);
        let (valid_from, valid_to) = generation
            .as_deref()
            .map_or((None, None), |generation| in_force(&self.kind, generation));
        LayerAbout {
            kind: self.kind.clone(),
            generation,
            valid_from,
            valid_to,
            ..LayerAbout::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::all;
    use crate::dataset::kind::Kind;

    #[test]
    fn columns_have_the_kinds_and_generations_of_layers() {
        let kind = |of: Kind| {
            let column = all().iter().find(|column| column.of == of)?;
            Some((column.kind.as_str(), column.generation.as_deref()))
        };
        assert_eq!(kind(Kind::Constituency), Some(("constituency", None)));
        assert_eq!(kind(Kind::Constituency2010), Some(("constituency", Some("2010"))));
        assert_eq!(kind(Kind::ScottishConstituency), Some(("holyrood_constituency", None)));
        assert_eq!(kind(Kind::Lsoa21), Some(("lsoa", Some("2021"))));
        assert_eq!(kind(Kind::Lsoa11), Some(("lsoa", Some("2011"))));
        assert_eq!(kind(Kind::Parish), Some(("parish", None)));
        for class in [Kind::Ruc21, Kind::Oac21, Kind::Deprivation, Kind::UserType, Kind::SubIcbNhs]
        {
            assert_eq!(kind(class), None, "{class:?}");
        }
    }
}
