//! Places in memory: every text is stored once, a place has the numbers of its texts.

use indexmap::IndexSet;
use serde::{Deserialize, Serialize};

use super::{
    record::{Place, TEXTS},
    search::Search,
};
use crate::dataset::format::About;

/// A place to import; an empty text means none.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    /// In the order of the fields of [`Place`], starting with the code.
    pub texts: [&'a str; TEXTS],
    /// Longitude and latitude, degrees.
    pub degrees: Option<(f64, f64)>,
    /// Easting and northing, and those of the bounding box (minimum, then maximum), metres.
    pub metres: [Option<u32>; 6],
}

/// The content of a file of places.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) about: About,
    texts: Vec<Box<str>>,
    places: Vec<Stored>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Stored {
    texts: [u32; TEXTS],
    degrees: Option<(f64, f64)>,
    metres: [Option<u32>; 6],
}

/// Collects places from an import.
#[derive(Default)]
pub struct Builder {
    texts: IndexSet<Box<str>>,
    places: Vec<Stored>,
}

/// All places. Immutable.
pub struct Places {
    content: Content,
    search: Search,
}

impl Builder {
    pub fn push(&mut self, row: &Row<'_>) {
        let texts = row.texts.map(|text| {
            let known = self.texts.get_index_of(text);
            let number = known.unwrap_or_else(|| self.texts.insert_full(text.into()).0);
            u32::try_from(number).unwrap_or(u32::MAX)
        });
        self.places.push(Stored { texts, degrees: row.degrees, metres: row.metres });
    }

    /// Sorts places by code; of several with one code, the last one is kept.
    pub(crate) fn build(mut self, mut about: About) -> Content {
        let code = |place: &Stored| {
            let number = place.texts.first().copied().unwrap_or_default();
            usize::try_from(number).ok().and_then(|number| self.texts.get_index(number))
        };
        self.places.reverse();
        self.places.sort_by(|one, other| code(one).cmp(&code(other)));
        self.places.dedup_by_key(|place| place.texts.first().copied());
        about.postcodes = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        about.located = about.postcodes;
        Content { about, texts: self.texts.into_iter().collect(), places: self.places }
    }
}

impl Places {
    pub(crate) fn new(content: Content) -> Self {
        let names = content.places.iter().map(|stored| {
            let place = content.place(stored);
            [place.name_1, place.name_2]
        });
        let search = Search::new(names);
        Self { content, search }
    }

    /// Description of the data; its count of postcodes is that of places.
    pub fn about(&self) -> &About {
        &self.content.about
    }

    pub fn len(&self) -> usize {
        self.content.places.len()
    }

    pub fn is_empty(&self) -> bool {
        self.content.places.is_empty()
    }

    /// The place with a code, in any letter case.
    pub fn find(&self, code: &str) -> Option<Place<'_>> {
        let code = code.to_lowercase();
        let places = &self.content.places;
        let at = places.binary_search_by(|stored| {
            self.content.place(stored).code.unwrap_or_default().cmp(code.as_str())
        });
        self.at(at.ok()?)
    }

    /// A random place, from a random number.
    pub fn draw(&self, random: u64) -> Option<Place<'_>> {
        let places = u64::try_from(self.len()).ok()?;
        self.at(usize::try_from(random.checked_rem(places)?).ok()?)
    }

    /// Up to `limit` places by name: those that contain the words as a phrase, the best match first; if there are none, those
    /// whose name starts with the text.
    pub fn search(&self, text: &str, limit: usize) -> Vec<Place<'_>> {
        let found = self.search.find(text, limit);
        found.into_iter().filter_map(|number| self.at(usize::try_from(number).ok()?)).collect()
    }

    fn at(&self, number: usize) -> Option<Place<'_>> {
        Some(self.content.place(self.content.places.get(number)?))
    }
}

impl Content {
    fn place(&self, stored: &Stored) -> Place<'_> {
        Place::new(stored.texts.map(|number| self.text(number)), stored.degrees, stored.metres)
    }

    fn text(&self, number: u32) -> Option<&str> {
        let text = self.texts.get(usize::try_from(number).ok()?)?;
        (!text.is_empty()).then_some(text)
    }
}
