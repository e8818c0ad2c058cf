//! The postcodes service, which knows the postcodes that start with a text or are near a point
//! ([ADR 8](../../../../docs/adr/0008-geolocation-asks-postcodes.md)).

use std::time::Duration;

use contracts::postcodes::{Near, Starting};
use kit::client::{CallError, Peer};
use url::form_urlencoded::Serializer;

/// It answers from memory, and somebody who types is waiting.
const DEADLINE: Duration = Duration::from_millis(500);

/// Each question is one call.
pub(crate) struct PostcodesClient(Peer);

impl PostcodesClient {
    pub(crate) fn new(peer: Peer) -> Self {
        Self(peer)
    }

    /// Postcodes and outcodes that start with a text, in alphabetical order.
    pub(super) async fn starting(&self, with: &str, limit: usize) -> Result<Starting, CallError> {
        let query = Serializer::new(String::new())
            .append_pair("with", with)
            .append_pair("limit", &limit.to_string())
            .finish();
        self.0.get(&format!("/internal/v1/postcodes/starting?{query}"), DEADLINE).await
    }

    /// Postcodes by distance, and the areas that contain the point.
    pub(super) async fn near(
        &self,
        longitude: f64,
        latitude: f64,
        radius_m: f64,
        limit: usize,
    ) -> Result<Near, CallError> {
        let query = Serializer::new(String::new())
            .append_pair("longitude", &longitude.to_string())
            .append_pair("latitude", &latitude.to_string())
            .append_pair("radius_m", &radius_m.to_string())
            .append_pair("limit", &limit.to_string())
            .finish();
        self.0.get(&format!("/internal/v1/postcodes/near?{query}"), DEADLINE).await
    }
}
