//! All areas with a name, of layers and of the directory's columns, in the order of their names.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use super::{
    area_in_set::{self, AreaInSet, Source},
    columns,
    domain::Areas,
    place::Filter,
};
use crate::dataset::image::Dataset;

/// Areas in the order of folded name, code, kind and generation.
pub struct Gazetteer {
    items: Vec<Item>,
    /// Folded names, one after the other.
    text: String,
}

/// An area of one set. Small, since there are more than a hundred thousand.
struct Item {
    start: u32,
    end: u32,
    source: Source,
}

/// Where a page ended: whether among the names that only contain the text; folded name, code, kind, generation.
pub type Place = (bool, String, String, String, Option<String>);

impl Gazetteer {
    /// Sorts everything that has a name.
    pub fn of(dataset: &Dataset, areas: &Areas) -> Self {
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
            Some(((fold(key.name?), key.gss_code, key.kind, key.generation), source))
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

    /// Up to `limit` areas that a filter takes: first those whose name begins with a text, then those that contain it.
    pub fn list<'a>(
        &self,
        dataset: &'a Dataset,
        areas: &'a Areas,
        filter: &Filter,
        name: Option<&str>,
        after: Option<&Place>,
        limit: usize,
    ) -> Vec<(Place, AreaInSet<'a>)> {
        let wanted = fold(name.unwrap_or_default());
        let sets = Sets::taken(dataset, areas, filter);
        let mut page = Vec::new();
        for is_within in [false, true] {
            let skip = self.items.partition_point(|item| {
                after.is_some_and(|after| {
                    let place = || self.place(dataset, areas, item, is_within);
                    // Most comparisons end with the name.
                    let by_name = (is_within, self.name(item)).cmp(&(after.0, &after.1));
                    by_name.then_with(|| place().as_ref().cmp(&Some(after))).is_le()
                })
            });
            let asked = self.items.iter().skip(skip).filter(|item| sets.hold(item.source));
            let matching = asked.filter(|item| {
                let folded = self.name(item);
                let begins = folded.starts_with(&wanted);
                if is_within { !begins && folded.contains(&wanted) } else { begins }
            });
            let known = matching.filter_map(|item| {
                let place = self.place(dataset, areas, item, is_within)?;
                Some((place, area_in_set::of(dataset, areas, item.source)?))
            });
            page.extend(known.take(limit - page.len()));
            if page.len() == limit || wanted.is_empty() {
                break;
            }
        }
        page
    }

    fn place(
        &self,
        dataset: &Dataset,
        areas: &Areas,
        item: &Item,
        is_within: bool,
    ) -> Option<Place> {
        let key = area_in_set::key(dataset, areas, item.source)?;
        let [folded, code, kind] = [self.name(item), key.gss_code, key.kind].map(str::to_owned);
        Some((is_within, folded, code, kind, key.generation.map(str::to_owned)))
    }

    fn name(&self, item: &Item) -> &str {
        let range = usize::try_from(item.start).ok().zip(usize::try_from(item.end).ok());
        range.and_then(|(start, end)| self.text.get(start..end)).unwrap_or_default()
    }
}

/// Which layers and columns a filter takes, by their places.
struct Sets {
    layers: Vec<bool>,
    columns: Vec<bool>,
}

impl Sets {
    fn taken(dataset: &Dataset, areas: &Areas, filter: &Filter) -> Self {
        let layers = areas.layers().iter().map(|layer| filter.takes(layer.about()));
        let columns = columns::all().iter().map(|column| filter.takes(&column.about(dataset)));
        Self { layers: layers.collect(), columns: columns.collect() }
    }

    fn hold(&self, source: Source) -> bool {
        let held = match source {
            Source::Layer { layer, .. } => self.layers.get(layer),
            Source::Column { column, .. } => self.columns.get(column),
        };
        held.copied().unwrap_or(false)
    }
}

/// A name as it is compared: without case, accents and marks (`Ynys Môn` as `ynys mon`).
fn fold(name: &str) -> String {
    let plain = name.nfkd().filter(|char| !is_combining_mark(*char));
    plain.flat_map(char::to_lowercase).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn case_and_accents_do_not_count() {
        assert_eq!(fold(" Ynys Môn "), "ynys mon");
        assert_eq!(fold("Na h-Eileanan an Iar"), "na h-eileanan an iar");
        assert_eq!(fold("ŴŶ"), "wy");
    }
}
