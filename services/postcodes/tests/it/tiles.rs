//! Tiles through the front door.

use contracts::scopes;

use crate::areas_support;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tile_has_the_areas_in_it_and_elsewhere_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let app = areas_support::start(&folder).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    // The country lies around 1° W, 51° N: at zoom 8 in column 127, row 85.
    let path = "/v1/geo/tiles/constituency/8/127/85.mvt";
    let tile = caller.get(path).await;
    assert_eq!(tile.status, 200);
    assert_eq!(tile.header("content-type"), "application/vnd.mapbox-vector-tile");
    for text in ["constituency", "gss_code", "E14001100", "West", "East"] {
        assert!(tile.text.contains(text), "{text}");
    }
    let again = caller.request(reqwest::Method::GET, path);
    let again = caller.send(again.header("if-none-match", tile.header("etag"))).await;
    assert_eq!(again.status, 304);
    let before = caller.get(&format!("{path}?generation=2010")).await;
    assert!(before.text.contains("Both") && !before.text.contains("East"));
    assert_eq!(caller.get("/v1/geo/tiles/constituency/8/0/0.mvt").await.status, 204);
    assert_eq!(caller.get("/v1/geo/tiles/parish/8/127/85.mvt").await.status, 404);
    assert_eq!(caller.get(&format!("{path}?generation=1997")).await.status, 404);
}
