//! The story of each question: whom it is put to, and what is made of the answers. Nobody's silence is an error.

use std::borrow::Cow;

use uuid::Uuid;

use super::domain::{Feature, Found, Layer, MatchType, Note, Parts, Point, Text, Wish};
use super::postcode::Code;
use super::{codes, places, postcodes, rank};
use crate::app::App;
use crate::gazetteer::words::Words;
use crate::providers::Question;

/// From here on a feature is taken for what was asked.
const GOOD: f64 = 0.9;

/// Finds what a finished text means.
pub(super) async fn search(app: &App, tenant_id: Uuid, text: &Text, wish: &Wish) -> Found {
    let asked = Asked::of(text);
    let mut found = Found::default();
    if let Some(code) = &asked.code {
        codes::add_whole(app, code, asked.is_address, wish, &mut found).await;
    }
    if let Some(words) = &asked.words {
        add_places(app, words, wish, &mut found);
        if asked.has_street {
            found.features.iter_mut().for_each(as_fallback);
        }
    }
    let valid = |it: &Feature| it.match_type == MatchType::Exact && it.confidence >= GOOD;
    if wish.wants(Layer::Address) && !found.features.iter().any(valid) {
        add_provided(app, tenant_id, &Question::Text(text.clone()), wish, &mut found).await;
    }
    finish(app, wish, found)
}

/// Finds what an unfinished text may become. No external provider is asked: every key would tell it more.
pub(super) async fn autocomplete(app: &App, text: &str, wish: &Wish) -> Found {
    let mut found = Found::default();
    let (code, rest) = Code::within(text);
    if let Some(code) = &code {
        codes::add_begun(app, code, !rest.is_empty(), wish, &mut found).await;
    }
    if !rest.is_empty() {
        add_places(app, &Words::new(&rest, code.is_none()), wish, &mut found);
    }
    finish(app, wish, found)
}

/// Finds what is at a point: the next postcodes and places, and the areas that hold it.
pub(super) async fn reverse(
    app: &App,
    tenant_id: Uuid,
    point: Point,
    radius_m: f64,
    wish: &Wish,
) -> Found {
    // Both are asked at once: neither needs the other's answer.
    let provided = async {
        let mut found = Found::default();
        if wish.wants(Layer::Address) {
            add_provided(app, tenant_id, &Question::Point(point), wish, &mut found).await;
        }
        found
    };
    let near = async {
        let Point { longitude, latitude } = point;
        let asked = wish.wants(Layer::Postcode) || wish.wants(Layer::Area);
        if asked {
            Some(app.postcodes.near(longitude, latitude, radius_m, wish.limit).await)
        } else {
            None
        }
    };
    let (mut found, near) = futures_util::future::join(provided, near).await;
    match near {
        Some(Ok(near)) => {
            let next = near.postcodes.into_iter().map(|it| postcodes::near(it, radius_m));
            found.features.extend(next);
            found.features.extend(near.areas.into_iter().map(postcodes::area));
        }
        Some(Err(error)) => codes::away(&error, &mut found),
        None => {}
    }
    if wish.wants(Layer::Place) {
        match app.places.now() {
            Some(gazetteer) => found.features.extend(places::near(&gazetteer, point, wish.limit)),
            None => found.notes.push(Note::NoGazetteer),
        }
    }
    // Here the order is by what it is, then by distance, as it was put together; the limit was held by each.
    found.features.retain(|feature| wish.wants(feature.layer));
    attributed(app, found)
}

/// A question in the parts that different sources understand.
struct Asked {
    code: Option<Code>,
    words: Option<Words>,
    /// There is more than the code.
    is_address: bool,
    has_street: bool,
}

impl Asked {
    fn of(text: &Text) -> Self {
        match text {
            Text::Free(text) => {
                let (code, rest) = Code::within(text);
                let is_address = code.is_some() && !rest.is_empty();
                let words = (!rest.is_empty()).then(|| Words::new(&rest, false));
                Self { code, words, is_address, has_street: false }
            }
            Text::Structured(Parts { street, city, county, postcode, country }) => {
                let code = postcode.as_deref().and_then(Code::read);
                let context: Vec<&str> =
                    [county, country].into_iter().flatten().map(String::as_str).collect();
                let words = city.as_ref().map(|city| Words::structured(city, &context));
                let is_address = street.is_some() || city.is_some();
                Self { code, words, is_address, has_street: street.is_some() }
            }
        }
    }
}

fn add_places(app: &App, words: &Words, wish: &Wish, found: &mut Found) {
    if !wish.wants(Layer::Place) {
        return;
    }
    match app.places.now() {
        Some(gazetteer) => found.features.extend(places::found(&gazetteer, words, wish)),
        None => found.notes.push(Note::NoGazetteer),
    }
}

/// Asks the external provider, if there is one that this tenant may use.
async fn add_provided(
    app: &App,
    tenant_id: Uuid,
    question: &Question,
    wish: &Wish,
    found: &mut Found,
) {
    let Some(provider) = app.provider.as_ref().filter(|it| it.serves(tenant_id)) else { return };
    match provider.ask(question, wish.limit).await {
        Ok(features) => found.features.extend(features.iter().cloned()),
        Err(error) => {
            tracing::warn!(%error, "external geocoder did not answer");
            found.notes.push(Note::ProviderUnavailable);
        }
    }
}

/// The street was asked for; what is found is only where it lies.
fn as_fallback(feature: &mut Feature) {
    if feature.match_type != MatchType::Fallback {
        feature.match_type = MatchType::Fallback;
        feature.confidence *= 0.6;
    }
}

fn finish(app: &App, wish: &Wish, mut found: Found) -> Found {
    found.features = rank::best(found.features, wish);
    attributed(app, found)
}

/// Says whom the answer is owed to.
fn attributed(app: &App, mut found: Found) -> Found {
    let of = |layers: &[Layer]| found.features.iter().any(|it| layers.contains(&it.layer));
    if of(&[Layer::Postcode, Layer::Outcode, Layer::Area]) {
        found.attribution.extend(postcodes::ATTRIBUTION.map(Cow::Borrowed));
    }
    if of(&[Layer::Place])
        && let Some(gazetteer) = app.places.now()
    {
        found.attribution.push(Cow::Owned(gazetteer.about().attribution.clone()));
    }
    if let Some(provider) = &app.provider
        && found.features.iter().any(|it| it.source == provider.name())
    {
        found.attribution.push(Cow::Borrowed(provider.attribution()));
    }
    found
}
