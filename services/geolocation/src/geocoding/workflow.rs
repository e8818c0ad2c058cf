//! How each question is answered: which sources are asked, and how their results are combined. A source that does not answer is
//! noted and is not an error.

mod codes;

use std::borrow::Cow;

use futures_util::future::{OptionFuture, join};
use uuid::Uuid;

use super::{
    domain::{AddressParts, Answer, Feature, Layer, MatchType, Note, Options, Point, Text},
    places,
    postcode::Code,
    postcodes, rank,
};
use crate::{
    app::App,
    gazetteer::words::Words,
    providers::{client::Provider, domain::Question},
};

/// From this confidence on, a feature counts as what the question means.
const GOOD: f64 = 0.9;

/// Finds what a finished text means.
pub(super) async fn search(app: &App, tenant_id: Uuid, text: &Text, options: &Options) -> Answer {
    let query = Query::parse(text);
    let mut answer = Answer::default();
    if let Some(code) = &query.code {
        let added = codes::add_exact(app, code, query.is_address, options, &mut answer).await;
        added.unwrap_or_else(|error| codes::note_unavailable(&error, &mut answer));
    }
    if let Some(words) = &query.words {
        add_places(app, words, options, &mut answer);
        if query.has_street {
            answer.features.iter_mut().for_each(make_fallback);
        }
    }
    let is_good = |it: &Feature| it.match_type == MatchType::Exact && it.confidence >= GOOD;
    if options.wants(Layer::Address) && !answer.features.iter().any(is_good) {
        let question = Question::Text(text.clone());
        add_from_provider(app, tenant_id, &question, options, &mut answer).await;
    }
    rank(app, options, answer)
}

/// Finds what an unfinished text may become. The external provider is not asked, since every key press would tell it more.
pub(super) async fn autocomplete(app: &App, text: &str, options: &Options) -> Answer {
    let mut answer = Answer::default();
    let (code, rest) = Code::extract(text);
    if let Some(code) = &code {
        let added = codes::add_completions(app, code, !rest.is_empty(), options, &mut answer).await;
        added.unwrap_or_else(|error| codes::note_unavailable(&error, &mut answer));
    }
    if !rest.is_empty() {
        add_places(app, &Words::new(&rest, code.is_none()), options, &mut answer);
    }
    rank(app, options, answer)
}

/// Finds what is at a point: the nearest postcodes and places, and the areas that contain it.
pub(super) async fn reverse(
    app: &App,
    tenant_id: Uuid,
    point: Point,
    radius_m: f64,
    options: &Options,
) -> Answer {
    let mut answer = Answer::default();
    let Point { longitude, latitude } = point;
    let wants_postcodes = options.wants(Layer::Postcode) || options.wants(Layer::Area);
    let near = OptionFuture::from(
        wants_postcodes.then(|| app.postcodes.near(longitude, latitude, radius_m, options.limit)),
    );
    let from_provider = async {
        if options.wants(Layer::Address) {
            let question = Question::Point(point);
            add_from_provider(app, tenant_id, &question, options, &mut answer).await;
        }
    };
    // Both at once, since neither needs the answer of the other.
    match join(near, from_provider).await.0 {
        Some(Ok(near)) => {
            let nearest = near.postcodes.into_iter().map(|it| postcodes::near(it, radius_m));
            answer.features.extend(nearest);
            answer.features.extend(near.areas.into_iter().map(postcodes::area));
        }
        Some(Err(error)) => codes::note_unavailable(&error, &mut answer),
        None => {}
    }
    if options.wants(Layer::Place) {
        match app.gazetteer() {
            Some(gazetteer) => {
                answer.features.extend(places::near(&gazetteer, point, options.limit));
            }
            None => answer.notes.push(Note::NoGazetteer),
        }
    }
    // The order stays: by layer, then by distance. Each source has kept to the limit.
    answer.features.retain(|feature| options.wants(feature.layer));
    attribute(app, answer)
}

/// A question in the parts that different sources understand.
struct Query {
    code: Option<Code>,
    words: Option<Words>,
    /// Whether there is more than the code.
    is_address: bool,
    has_street: bool,
}

impl Query {
    fn parse(text: &Text) -> Self {
        match text {
            Text::Free(text) => {
                let (code, rest) = Code::extract(text);
                let is_address = code.is_some() && !rest.is_empty();
                let words = (!rest.is_empty()).then(|| Words::new(&rest, false));
                Self { code, words, is_address, has_street: false }
            }
            Text::Structured(AddressParts { street, city, county, postcode, country }) => {
                let code = postcode.as_deref().and_then(Code::parse);
                let context: Vec<&str> =
                    [county, country].into_iter().flatten().map(String::as_str).collect();
                let words = city.as_ref().map(|city| Words::structured(city, &context));
                let is_address = street.is_some() || city.is_some();
                Self { code, words, is_address, has_street: street.is_some() }
            }
        }
    }
}

fn add_places(app: &App, words: &Words, options: &Options, answer: &mut Answer) {
    if !options.wants(Layer::Place) {
        return;
    }
    match app.gazetteer() {
        Some(gazetteer) => answer.features.extend(places::search(&gazetteer, words, options)),
        None => answer.notes.push(Note::NoGazetteer),
    }
}

/// Asks the external provider, if there is one that this tenant may use.
async fn add_from_provider(
    app: &App,
    tenant_id: Uuid,
    question: &Question,
    options: &Options,
    answer: &mut Answer,
) {
    let Some(provider) = app.provider.as_ref().filter(|it| it.serves(tenant_id)) else { return };
    match provider.ask(question, options.limit).await {
        Ok(features) => answer.features.extend(features.iter().cloned()),
        Err(error) => {
            tracing::warn!(%error, "external geocoder did not answer");
            answer.notes.push(Note::ProviderUnavailable);
        }
    }
}

/// The question is about a street, and the feature is only where it is.
fn make_fallback(feature: &mut Feature) {
    if feature.match_type != MatchType::Fallback {
        feature.match_type = MatchType::Fallback;
        feature.confidence *= 0.6;
    }
}

fn rank(app: &App, options: &Options, mut answer: Answer) -> Answer {
    answer.features = rank::best(answer.features, options);
    attribute(app, answer)
}

/// Adds the attribution of every source that has a feature in the answer.
fn attribute(app: &App, mut answer: Answer) -> Answer {
    let has = |layers: &[Layer]| answer.features.iter().any(|it| layers.contains(&it.layer));
    if has(&[Layer::Postcode, Layer::Outcode, Layer::Area]) {
        answer.attribution.extend(postcodes::ATTRIBUTION.map(Cow::Borrowed));
    }
    if has(&[Layer::Place])
        && let Some(gazetteer) = app.gazetteer()
    {
        answer.attribution.push(Cow::Owned(gazetteer.about().attribution.clone()));
    }
    if let Some(kind) = app.provider.as_ref().map(Provider::kind)
        && answer.features.iter().any(|it| it.source == kind.as_str())
    {
        answer.attribution.push(Cow::Borrowed(kind.attribution()));
    }
    answer
}
