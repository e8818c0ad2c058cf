//! Every route refuses who may not; read from the table itself, so a new route is covered by itself.

use ::campaigns::Campaigns;
use kit::{route::Access, service::Service as _};
use serde_json::json;

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
    let campaign = world.live(&petition()).await;
    let (_, link) = world.acted(campaign, &ada()).await;
    let (before, stranger) = (world.footprint().await, world.app.caller(SCOPES));
    for spec in Campaigns::routes().specs() {
        let path = spec.path.replace("{id}", &campaign.to_string()).replace("{link}", &link);
        let method = spec.method.as_str().parse().unwrap();
        let request = stranger.request(method, &format!("{path}?postcode=OX11AA"));
        let request = request.header("if-match", "\"2\"");
        let body = if spec.path.ends_with("/actions") { ada() } else { json!({}) };
        let answer = stranger.send(request.json(&body)).await;
        let names_a_row = spec.path.contains('{');
        assert!(
            !names_a_row || answer.status == 404,
            "{} {}: {}",
            spec.method,
            spec.path,
            answer.status
        );
        let own = [campaign.to_string(), "Sam Example".to_owned(), "Plant".to_owned()];
        assert!(
            own.iter().all(|text| !answer.text.contains(text)),
            "{} {}",
            spec.method,
            spec.path
        );
    }
    assert_eq!(world.footprint().await, before);
}
