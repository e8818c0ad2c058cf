//! An index of areas by name, over layers and the directory's columns.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use super::{
    area_in_set::{self, AreaInSet, Source},
    columns,
    domain::Areas,
    place::Filter,
};
use crate::dataset::image::Dataset;

/// Areas in the order of normalised name, code, kind and generation.
pub(crate) struct Gazetteer {
    items: Vec<Item>,
    /// Normalised names, concatenated.
    text: String,
}

/// An area of one set. Small, because there are more than a hundred thousand.
struct Item {
    start: u32,
    end: u32,
    source: Source,
}

/// Where a page ended: whether among the names that contain the text without starting with it; normalised name, code, kind,
/// generation.
pub(crate) type Cursor = (bool, String, String, String, Option<String>);

impl Gazetteer {
    /// Sorts all areas that have a name.
    pub(crate) fn new(dataset: &Dataset, areas: &Areas) -> Self {
        let layers = areas.layers().iter().enumerate().flat_map(|(layer, of)| {
            (0..of.areas().len()).map(move |number| Source::Layer { layer, number })
        });
        let columns = columns::all().iter().enumerate().flat_map(|(column, of)| {
            let numbers = (0_u32..).zip(dataset.areas(of.of));
            let numbers = numbers
                .filter(|(_, area)| of.layer(dataset, areas, area.code).is_none())
                .map(|(number, _)| number);
            numbers.map(move |number| Source::Column { column, number })
        });
        let named = layers.chain(columns).filter_map(|source| {
            let key = area_in_set::key(dataset, areas, source)?;
            Some(((normalise(key.name?), key.gss_code, key.kind, key.generation), source))
        });
        let mut named: Vec<_> = named.collect();
        named.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        let (mut items, mut text) = (Vec::with_capacity(named.len()), String::new());
        for ((folded, ..), source) in named {
            let start = u32::try_from(text.len()).unwrap_or(u32::MAX);
            text.push_str(&folded);
            items.push(Item { start, end: u32::try_from(text.len()).unwrap_or(u32::MAX), source });
        }
        Self { items, text }
    }

    /// Up to `limit` areas that match a filter: first those whose name starts with a text, then those that contain it.
    pub(crate) fn list<'a>(
        &self,
        dataset: &'a Dataset,
        areas: &'a Areas,
        filter: &Filter,
        name: Option<&str>,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Vec<(Cursor, AreaInSet<'a>)> {
        let wanted = normalise(name.unwrap_or_default());
        let sets = Sets::matching(dataset, areas, filter);
        let mut page = Vec::new();
        for is_within in [false, true] {
            let skip = self.items.partition_point(|item| {
                after.is_some_and(|after| {
                    let cursor = || self.cursor(dataset, areas, item, is_within);
                    // Most comparisons are decided by the name.
                    let by_name = (is_within, self.name(item)).cmp(&(after.0, &after.1));
                    by_name.then_with(|| cursor().as_ref().cmp(&Some(after))).is_le()
                })
            });
            let next = self.items.iter().skip(skip).filter(|item| sets.contain(item.source));
            let matching = next.filter(|item| {
                let folded = self.name(item);
                let starts = folded.starts_with(&wanted);
                if is_within { !starts && folded.contains(&wanted) } else { starts }
            });
            let known = matching.filter_map(|item| {
                let cursor = self.cursor(dataset, areas, item, is_within)?;
                Some((cursor, area_in_set::get(dataset, areas, item.source)?))
            });
            page.extend(known.take(limit - page.len()));
            if page.len() == limit || wanted.is_empty() {
                break;
            }
        }
        page
    }

    fn cursor(
        &self,
        dataset: &Dataset,
        areas: &Areas,
        item: &Item,
        is_within: bool,
    ) -> Option<Cursor> {
        let key = area_in_set::key(dataset, areas, item.source)?;
        let [folded, code, kind] = [self.name(item), key.gss_code, key.kind].map(str::to_owned);
        Some((is_within, folded, code, kind, key.generation.map(str::to_owned)))
    }

    fn name(&self, item: &Item) -> &str {
        let range = usize::try_from(item.start).ok().zip(usize::try_from(item.end).ok());
        range.and_then(|(start, end)| self.text.get(start..end)).unwrap_or_default()
    }
}

/// Which layers and columns match a filter, by number.
struct Sets {
    layers: Vec<bool>,
    columns: Vec<bool>,
}

impl Sets {
    fn matching(dataset: &Dataset, areas: &Areas, filter: &Filter) -> Self {
        let layers = areas.layers().iter().map(|layer| filter.matches(layer.about()));
        let columns = columns::all().iter().map(|column| filter.matches(&column.about(dataset)));
        Self { layers: layers.collect(), columns: columns.collect() }
    }

    fn contain(&self, source: Source) -> bool {
        let matches = match source {
            Source::Layer { layer, .. } => self.layers.get(layer),
            Source::Column { column, .. } => self.columns.get(column),
        };
        matches.copied().unwrap_or(false)
    }
}

/// Normalises a name for comparison: without case, accents and marks (`Ynys Môn` as `ynys mon`).
fn normalise(name: &str) -> String {
    let plain = name.nfkd().filter(|char| !is_combining_mark(*char));
    plain.flat_map(char::to_lowercase).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn case_and_accents_are_ignored() {
        assert_eq!(normalise(" Ynys Môn "), "ynys mon");
        assert_eq!(normalise("Na h-Eileanan an Iar"), "na h-eileanan an iar");
        assert_eq!(normalise("ŴŶ"), "wy");
    }
}
