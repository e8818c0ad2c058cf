//! From words to places, and how well they fit.

use super::Gazetteer;
use super::domain::Place;
use super::index::{self, Match, Named};
use super::text::normalise;
use super::words::{Reading, Words};

/// Letters of a last word that may be taken for the beginning of a name on its own.
const SHORTEST_REST: usize = 3;
/// Words that stand for all of the United Kingdom.
const WHOLE_COUNTRY: [&str; 8] =
    ["uk", "gb", "gbr", "united", "kingdom", "great", "britain", "the"];

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
    /// Letter by letter.
    Exact,
    /// The words begin the name.
    Prefix,
    /// With wrong letters.
    Fuzzy,
    /// Only by what follows in the question: a street's town.
    Fallback,
}

/// Whether words that say where must be true of a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strictness {
    Strict,
    Loose,
}

impl Gazetteer {
    /// Places that the words may mean; the best fits, in no order.
    ///
    /// Words that say where must be true of the place, so that "Newport, Wales" is one town and the street in "High
    /// Street, Oxford" is not taken for the town of Street. They are dropped only if nothing else fits.
    pub fn find(&self, words: &Words) -> Vec<Hit> {
        let readings = words.readings();
        let begun = |reading: &Reading<'_>| {
            // After words that nobody understood, a letter or two are no beginning of anything.
            let short = reading.ignored && reading.name.chars().count() < SHORTEST_REST;
            if !words.unfinished || !reading.context.is_empty() || short {
                return Vec::new();
            }
            self.hits(
                &self.index.beginning(&reading.name),
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
        let whole = readings.first().into_iter().map(begun);
        let each = readings
            .iter()
            .flat_map(|reading| [self.exact(reading, Strictness::Strict), begun(reading)]);
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
        let found = Match { name: reading.name.clone(), mistakes: 0, places };
        self.hits(&[found], reading, Fit::Exact, strictness)
    }

    fn hits(
        &self,
        found: &[Match<'_>],
        reading: &Reading<'_>,
        fit: Fit,
        strictness: Strictness,
    ) -> Vec<Hit> {
        let all = found.iter().flat_map(|name| name.places.iter().map(move |named| (name, *named)));
        let hits = all.filter_map(|(name, named)| {
            let lies_there = self.lies(self.place(named.place)?, reading);
            let doubt = match strictness {
                Strictness::Loose if reading.says_more() => 0.6,
                _ if lies_there => 1.0,
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
    fn lies(&self, place: &Place, reading: &Reading<'_>) -> bool {
        if reading.context.is_empty() {
            return true;
        }
        let areas = [place.district, place.county, place.region, place.country];
        let areas = areas.into_iter().filter_map(|area| self.area(area)).map(normalise);
        let around: Vec<String> = areas.chain(place.outcode.as_deref().map(normalise)).collect();
        let last = reading.context.len().saturating_sub(1);
        reading.context.iter().enumerate().all(|(at, word)| {
            let begun = reading.unfinished && at == last;
            let is = |of: &str| if begun { of.starts_with(word) } else { of == *word };
            WHOLE_COUNTRY.iter().any(|of| is(of))
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

fn confidence_of(name: &Match<'_>, named: Named, asked: &str) -> f64 {
    let mistakes = 1.0 - 0.15 * f64::from(name.mistakes);
    let other_name = if named.first { 1.0 } else { 0.9 };
    // A beginning says the more the longer it is.
    let lengths = [asked, &name.name].map(|text| u32::try_from(text.chars().count()).unwrap_or(1));
    let [asked, whole] = lengths.map(f64::from);
    let begun =
        if name.mistakes == 0 { 0.5 + 0.5 * (asked / whole.max(1.0)).min(1.0) } else { 1.0 };
    mistakes * other_name * begun
}

/// Metres between two points in degrees of longitude and latitude.
pub fn distance_m(from: (f64, f64), to: (f64, f64)) -> f64 {
    index::distance_m(from, to)
}
