//! Every route refuses who may not; read from the table itself, so a new route is covered by itself.

use ::campaigns::Campaigns;
use kit::{
    http::routes::{Access, RouteSpec},
    service::Service as _,
};
use serde_json::json;
use testkit::caller::{Caller, Response};

use crate::support::{SCOPES, World, ada, petition};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_refuses_no_token_and_a_token_without_its_scope() {
    let world = World::new().await;
    for spec in Campaigns::routes().specs() {
        let Access::Scope(scope) = spec.access else { panic!("{} is not scoped", spec.path) };
        assert!(SCOPES.contains(&scope), "{scope} is not in the tests' list");
        let path =
            spec.path.replace("{id}", &crate::support::id().to_string()).replace("{link}", "x");
        let others: Vec<&str> = SCOPES.iter().copied().filter(|other| *other != scope).collect();
        let without = world.app.caller(&others);
        for (caller, status) in [(without.anonymous(), 401), (without, 403)] {
            let request = caller.request(spec.method.as_str().parse().unwrap(), &path);
            let answer = caller.send(request.json(&json!({}))).await;
            assert_eq!(answer.status, status, "{} {}", spec.method, spec.path);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_route_shows_or_changes_anything_of_another_tenant() {
    let world = World::new().await;
    world.import(crate::support::REPRESENTATIVES).await;
    let rows = rows(&world).await;
    let (before, stranger) = (world.footprint().await, world.app.caller(SCOPES));
    let routes = Campaigns::routes();
    for spec in routes.specs() {
        let answer = call(&stranger, spec, &rows).await;
        let names_a_row = spec.path.contains('{');
        assert!(!names_a_row || answer.status == 404, "{} {}: {answer:?}", spec.method, spec.path);
        let theirs = rows.iter().map(|(_, id)| id.as_str()).chain(["Sam Example", "Plant", "Wood"]);
        let shown: Vec<&str> = theirs.filter(|text| answer.text.contains(text)).collect();
        assert_eq!(shown, [""; 0], "{} {}", spec.method, spec.path);
    }
    assert_eq!(world.footprint().await, before);
    // The control: the same requests find their rows when the owner sends them. Deletions come last.
    let (deletions, others): (Vec<&RouteSpec>, Vec<&RouteSpec>) =
        routes.specs().iter().partition(|spec| spec.method == "DELETE");
    for spec in others.into_iter().chain(deletions) {
        let answer = call(&world.owner, spec, &rows).await;
        assert_ne!(answer.status, 404, "{} {}: {answer:?}", spec.method, spec.path);
    }
}

/// A row of the owner for each parameter, by the beginning of the paths that lead to it.
async fn rows(world: &World) -> [(&'static str, String); 3] {
    let campaign = world.live(&petition()).await;
    let (_, link) = world.acted(campaign, &ada()).await;
    let area = json!({ "name": "Wood", "area": { "include": [{ "postcodes": ["OX1"] }] } });
    let area = world.owner.post("/v1/eligibility-areas", &area).await;
    assert_eq!(area.status, 201, "{area:?}");
    [
        ("/v1/campaigns/{id}", campaign.to_string()),
        ("/v1/eligibility-areas/{id}", area.json()["id"].as_str().unwrap().to_owned()),
        ("/v1/confirmations/{link}", link),
    ]
}

/// Calls a route with the owner's rows and a body that fits.
async fn call(caller: &Caller, spec: &RouteSpec, rows: &[(&str, String)]) -> Response {
    let row = rows.iter().find(|(beginning, _)| spec.path.starts_with(beginning));
    assert!(row.is_some() || !spec.path.contains('{'), "{}: add a row to this test", spec.path);
    let path = row.map_or_else(
        || spec.path.to_owned(),
        |(beginning, id)| {
            let folder = beginning.split('{').next().unwrap_or_default();
            spec.path.replace(beginning, &format!("{folder}{id}"))
        },
    );
    let body = match spec.path {
        "/v1/campaigns/{id}" => json!({ "title": "Hedges" }),
        "/v1/campaigns/{id}/actions" => ada(),
        "/v1/eligibility-areas/{id}" => json!({ "name": "Heath" }),
        "/v1/eligibility-areas/{id}/check" => json!({ "places": [{ "postcode": "OX1 1AA" }] }),
        _ => json!({}),
    };
    let request =
        caller.request(spec.method.as_str().parse().unwrap(), &format!("{path}?postcode=OX11AA"));
    caller.send(request.header("if-match", "\"1\"").json(&body)).await
}
