//! Every URL of the service.

use contracts::scopes;
use kit::http::routes::{Access, Routes};

use crate::{
    areas, bulk, datasets, distance, eligibility, hash_prefix, internal, outcodes, places,
    postcode, scotland, status, text_extraction, tiles,
};

/// Who may look up.
const READ: Access = Access::Scope(scopes::GEO_READ);

/// The routing table. What postcodes.io has is also on its original paths, in any spelling, for its clients.
pub(crate) fn routes() -> Routes {
    compatible()
        .with_public_aliases("/v1/geo")
        .match_leniently(|_path| true)
        .and(own())
        .and(of_areas())
        .fallback(status::http::unmatched)
}

/// The paths of postcodes.io.
fn compatible() -> Routes {
    Routes::new()
        .get("/v1/geo/postcodes", READ, postcode::http::list)
        .query("/v1/geo/postcodes", READ, postcode::http::bulk)
        .get("/v1/geo/postcodes/{postcode}", READ, postcode::http::get)
        .get("/v1/geo/postcodes/{postcode}/validate", READ, postcode::http::validate)
        .get("/v1/geo/postcodes/{postcode}/autocomplete", READ, postcode::http::autocomplete)
        .get("/v1/geo/postcodes/{postcode}/nearest", READ, postcode::http::nearest)
        .get(
            "/v1/geo/postcodes/lon/{longitude}/lat/{latitude}",
            READ,
            postcode::http::nearest_to_position,
        )
        .get(
            "/v1/geo/postcodes/lat/{latitude}/lon/{longitude}",
            READ,
            postcode::http::nearest_to_position,
        )
        .get("/v1/geo/random/postcodes", READ, postcode::http::random)
        .get("/v1/geo/terminated_postcodes/{postcode}", READ, postcode::http::terminated)
        .get("/v1/geo/outcodes", READ, outcodes::http::list)
        .get("/v1/geo/outcodes/{outcode}", READ, outcodes::http::get)
        .get("/v1/geo/outcodes/{outcode}/nearest", READ, outcodes::http::nearest)
        .get("/v1/geo/places", READ, places::http::list)
        .get("/v1/geo/places/{code}", READ, places::http::get)
        .get("/v1/geo/random/places", READ, places::http::random)
        .get("/v1/geo/scotland/postcodes/{postcode}", READ, scotland::http::get)
        .get("/v1/geo/ping", READ, status::http::ping)
        .get("/v1/geo/ready", READ, status::http::ready)
}

/// What Folkmoot adds.
fn own() -> Routes {
    Routes::new()
        .query("/v1/geo/bulk/{operation}", READ, bulk::http::look_up)
        .query("/v1/geo/text/postcodes", READ, text_extraction::http::find)
        .get("/v1/geo/postcodes-by-hash/{prefix}", READ, hash_prefix::http::get)
        .get("/v1/geo/distance", READ, distance::http::get)
        .get("/v1/geo/datasets", READ, datasets::http::list)
        .get(
            "/internal/v1/postcodes/starting",
            Access::Services(&["geolocation"]),
            internal::http::starting,
        )
        .get(
            "/internal/v1/postcodes/near",
            Access::Services(&["geolocation"]),
            internal::http::near,
        )
        .query(
            "/internal/v1/eligibility",
            Access::Services(&["campaigns"]),
            eligibility::http::check_for_service,
        )
        .query(
            "/internal/v1/constituencies/check",
            Access::Services(&["campaigns"]),
            internal::http::check_constituencies,
        )
        .get(
            "/internal/v1/postcodes/{postcode}/place",
            Access::Services(&["campaigns"]),
            internal::http::place,
        )
}

/// Areas: by place, by code and name, as outlines and tiles.
fn of_areas() -> Routes {
    Routes::new()
        .get("/v1/geo/postcodes/{postcode}/areas", READ, areas::http::place::of_postcode)
        .get("/v1/geo/point/areas", READ, areas::http::place::of_point)
        .get("/v1/geo/areas", READ, areas::http::list::list)
        .get("/v1/geo/areas.geojson", READ, areas::http::outline::collection)
        .get("/v1/geo/areas/{gss_code}", READ, areas::http::list::get)
        .get("/v1/geo/areas/{gss_code}/geojson", READ, areas::http::outline::get)
        .get("/v1/geo/areas/{gss_code}/neighbours", READ, areas::http::list::neighbours)
        .get("/v1/geo/areas/{gss_code}/children", READ, areas::http::list::children)
        .get("/v1/geo/areas/{gss_code}/postcodes", READ, areas::http::list::postcodes)
        .query("/v1/geo/eligibility", READ, eligibility::http::check)
        .query("/v1/geo/within", READ, areas::http::within::within)
        .get("/v1/geo/tiles/{kind}/{z}/{x}/{y}.mvt", READ, tiles::http::get)
}
