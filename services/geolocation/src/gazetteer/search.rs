//! Finds the places that words may mean, and how well they fit.

use super::{
    domain::{About, Contents, Place},
    index::{self, Index, Match, Named},
    text::normalise,
    words::{Reading, Words},
};

/// Fewest letters of a last word that may be the start of a name on its own.
const SHORTEST_REST: usize = 3;
/// Words that stand for all of the United Kingdom.
const WHOLE_COUNTRY: [&str; 8] =
    ["uk", "gb", "gbr", "united", "kingdom", "great", "britain", "the"];

/// All places, indexed.
pub struct Gazetteer {
    contents: Contents,
    index: Index,
}

/// A place that may be meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    pub place: u32,
    pub fit: Fit,
    /// From 0 to 1: how well the words fit.
    pub confidence: f64,
}

/// How a name was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Every letter is the same.
    Exact,
    /// The name starts with the words.
    Prefix,
    /// With wrong letters.
    Fuzzy,
    /// Only by what follows in the question, such as the town of a street.
    Fallback,
}

/// Whether the words of the context must be true of a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strictness {
    Strict,
    Loose,
}

impl Gazetteer {
    /// Indexes places.
    pub fn new(contents: Contents) -> anyhow::Result<Self> {
        let index = Index::new(&contents)?;
        Ok(Self { contents, index })
    }

    /// The source of the places.
    pub(crate) fn about(&self) -> &About {
        &self.contents.about
    }

    /// A place by its number in the file.
    pub fn place(&self, number: u32) -> Option<&Place> {
        self.contents.places.get(usize::try_from(number).ok()?)
    }

    /// The name of an area by its number in the file.
    pub fn area(&self, number: Option<u16>) -> Option<&str> {
        self.contents.areas.get(usize::from(number?)).map(String::as_str)
    }

    /// Places that the words may mean; the best fits, in no order.
    ///
    /// The context must be true of the place, so that "Newport, Wales" is one town and the street in "High Street, Oxford" is
    /// not mistaken for the town of Street. It is ignored only if nothing else fits.
    pub fn find(&self, words: &Words) -> Vec<Hit> {
        let readings = words.readings();
        let completed = |reading: &Reading<'_>| {
            // After words that match nothing, a letter or two are not the start of a name.
            let short = reading.ignored && reading.name.chars().count() < SHORTEST_REST;
            if !words.unfinished || !reading.context.is_empty() || short {
                return Vec::new();
            }
            self.hits(
                &self.index.starting_with(&reading.name),
                reading,
                Fit::Prefix,
                Strictness::Strict,
            )
        };
        let similar = |reading: &Reading<'_>| {
            let unfinished = words.unfinished && reading.context.is_empty();
            let names = self.index.similar(&reading.name, unfinished);
            self.hits(&names, reading, Fit::Fuzzy, Strictness::Strict)
        };
        let whole = readings.first().into_iter().map(completed);
        let each = readings
            .iter()
            .flat_map(|reading| [self.exact(reading, Strictness::Strict), completed(reading)]);
        let understood = || readings.iter().filter(|reading| !reading.ignored);
        let misspelt = understood().map(similar);
        let elsewhere = understood().map(|reading| self.exact(reading, Strictness::Loose));
        let mut all = whole.chain(each).chain(misspelt).chain(elsewhere);
        all.find(|hits| !hits.is_empty()).unwrap_or_default()
    }

    /// Places by distance in metres, up to `within_m`.
    pub fn near(
        &self,
        longitude: f64,
        latitude: f64,
        within_m: f64,
    ) -> impl Iterator<Item = (u32, f64)> {
        self.index
            .near(longitude, latitude)
            .take_while(move |(_, distance_m)| *distance_m <= within_m)
    }

    fn exact(&self, reading: &Reading<'_>, strictness: Strictness) -> Vec<Hit> {
        let places = self.index.exact(&reading.name);
        let exact = Match { name: reading.name.clone(), mistakes: 0, places };
        self.hits(&[exact], reading, Fit::Exact, strictness)
    }

    fn hits(
        &self,
        matches: &[Match<'_>],
        reading: &Reading<'_>,
        fit: Fit,
        strictness: Strictness,
    ) -> Vec<Hit> {
        let all =
            matches.iter().flat_map(|name| name.places.iter().map(move |named| (name, *named)));
        let hits = all.filter_map(|(name, named)| {
            let is_there = self.fits_context(self.place(named.place)?, reading);
            let doubt = match strictness {
                Strictness::Loose if reading.is_whole_part || reading.is_mostly_name() => 0.6,
                _ if is_there => 1.0,
                _ => return None,
            };
            let ignored = if reading.ignored { 0.5 } else { 1.0 };
            let fit = match fit {
                _ if reading.ignored => Fit::Fallback,
                Fit::Prefix if name.name == reading.name => Fit::Exact,
                fit => fit,
            };
            let confidence = confidence_of(name, named, &reading.name) * doubt * ignored;
            Some(Hit { place: named.place, fit, confidence })
        });
        best_of_each(hits.collect())
    }

    /// Whether every word of the context is one of the place's surroundings.
    fn fits_context(&self, place: &Place, reading: &Reading<'_>) -> bool {
        if reading.context.is_empty() {
            return true;
        }
        let areas = [place.district, place.county, place.region, place.country];
        let areas = areas.into_iter().filter_map(|area| self.area(area)).map(normalise);
        let around: Vec<String> = areas.chain(place.outcode.as_deref().map(normalise)).collect();
        let last = reading.context.len().saturating_sub(1);
        reading.context.iter().enumerate().all(|(at, word)| {
            let is_prefix = reading.unfinished && at == last;
            let is = |other: &str| if is_prefix { other.starts_with(word) } else { other == *word };
            WHOLE_COUNTRY.iter().any(|other| is(other))
                || around.iter().any(|area| area.split(' ').any(is))
        })
    }
}

/// Several names of one place may fit; the best one counts.
fn best_of_each(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_by(|a, b| a.place.cmp(&b.place).then(b.confidence.total_cmp(&a.confidence)));
    hits.dedup_by_key(|hit| hit.place);
    hits
}

fn confidence_of(name: &Match<'_>, named: Named, query: &str) -> f64 {
    let mistakes = 1.0 - 0.15 * f64::from(name.mistakes);
    let other_name = if named.first { 1.0 } else { 0.9 };
    // The longer a prefix is, the more it says.
    let lengths = [query, &name.name].map(|text| u32::try_from(text.chars().count()).unwrap_or(1));
    let [query, whole] = lengths.map(f64::from);
    let prefix =
        if name.mistakes == 0 { 0.5 + 0.5 * (query / whole.max(1.0)).min(1.0) } else { 1.0 };
    mistakes * other_name * prefix
}

/// Metres between two points in degrees of longitude and latitude.
pub(crate) fn distance_m(from: (f64, f64), to: (f64, f64)) -> f64 {
    index::distance_m(from, to)
}
