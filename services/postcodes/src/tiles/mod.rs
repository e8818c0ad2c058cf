//! Vector tiles of a layer of areas, for maps coloured by area code. Generated on demand and cached.

mod clip;
pub mod http;
mod mvt;
