//! External geocoders, for addresses that only they know. Off unless an operator names one, and even then only for the
//! tenants listed: what a supporter types must not leave without a basis.

mod breaker;
pub mod client;
mod google;
pub mod kind;
mod nominatim;
mod os_places;
mod photon;
mod provided;

use crate::geocoding::domain::{Parts, Point, Text};

/// What a provider is asked.
#[derive(Clone, Debug)]
pub enum Question {
    /// Where is this?
    Text(Text),
    /// What is here?
    Point(Point),
}

/// An address in one line, for providers that take no parts.
fn line(text: &Text) -> String {
    match text {
        Text::Free(text) => text.clone(),
        Text::Structured(Parts { street, city, county, postcode, country }) => {
            let parts = [street, city, county, postcode, country].into_iter().flatten();
            parts.map(String::as_str).collect::<Vec<_>>().join(", ")
        }
    }
}
