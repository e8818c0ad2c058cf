//! Calls a running gateway with the client that openapi-generator made of its document. Prints what it created.

use std::env::var;

use folkmoot_client::{
    apis::{
        Error,
        campaigns_api::{CreateCampaignError, create_campaign, get_public_campaign},
        configuration::Configuration,
        geo_api::{get_postcode, list_postcodes_within},
    },
    models::{
        CampaignKind, CampaignState, CreateCampaign, CreateConsent, Geometry, Polygon, Within,
    },
};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut configuration = Configuration::new();
    configuration.base_path = var("GATEWAY").unwrap();
    configuration.bearer_access_token = Some(var("SECRET_KEY").unwrap());

    let shown = get_public_campaign(&configuration, &var("CAMPAIGN").unwrap()).await.unwrap();
    assert!(shown.counter.total >= 0);
    let located = get_postcode(&configuration, "OX4 1AA", None).await.unwrap();
    assert_eq!(located.result.outcode.as_deref(), Some("OX4"));

    let ring = [[-1.3, 51.7], [-1.1, 51.7], [-1.1, 51.8], [-1.3, 51.8], [-1.3, 51.7]];
    let coordinates = vec![ring.map(Vec::from).to_vec()];
    let drawn = Geometry::Polygon(Polygon { coordinates, ..Polygon::default() });
    let within = Within { geometry: Some(Some(drawn)), ..Within::default() };
    let found = list_postcodes_within(&configuration, within).await.unwrap();
    assert!(!found.data.is_empty());

    let mut campaign = CreateCampaign {
        kind: CampaignKind::Petition,
        title: var("TITLE").unwrap(),
        body: "Streets need shade.".to_owned(),
        language: "en".to_owned(),
        controller_policy_url: "https://trees.example.org/privacy".to_owned(),
        consents: Some(Some(vec![CreateConsent {
            id: "news".to_owned(),
            purpose: "newsletter".to_owned(),
            wording: "Send me news.".to_owned(),
            required: None,
        }])),
        message: None,
    };
    let created = create_campaign(&configuration, campaign.clone(), None).await.unwrap();
    assert_eq!(created.state, CampaignState::Draft);
    assert!(created.message.is_none() && created.published_at.is_none());

    campaign.title = String::new();
    let refused = create_campaign(&configuration, campaign, None).await.unwrap_err();
    let Error::ResponseError(refused) = refused else { panic!("{refused:?}") };
    let Some(CreateCampaignError::Status422(problem)) = refused.entity else { panic!() };
    assert_eq!(problem.errors.unwrap()[0].pointer, "/title");

    println!("{}", created.id);
}
