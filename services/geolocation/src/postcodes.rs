//! The postcodes service, asked for beginnings of postcodes and for what lies near a point
//! ([ADR 8](../../../docs/adr/0008-geolocation-asks-postcodes.md)).

use std::time::Duration;

use contracts::postcodes::{Near, Starting};
use kit::client::{CallError, Peer};
use url::form_urlencoded::Serializer;

/// It answers from memory; whoever types waits for the answer.
const DEADLINE: Duration = Duration::from_millis(500);

/// The client. One question is one call.
pub struct Postcodes(Peer);

impl Postcodes {
    /// Asks this peer.
    pub fn new(peer: Peer) -> Self {
        Self(peer)
    }

    /// Postcodes and outcodes that begin so, in the order of the alphabet.
    pub async fn starting(&self, with: &str, limit: usize) -> Result<Starting, CallError> {
        let query = Serializer::new(String::new())
            .append_pair("with", with)
            .append_pair("limit", &limit.to_string())
            .finish();
        self.0.get(&format!("/internal/v1/postcodes/starting?{query}"), DEADLINE).await
    }

    /// Postcodes by distance, and the areas that hold the point.
    pub async fn near(
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
