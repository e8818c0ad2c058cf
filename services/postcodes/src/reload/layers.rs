//! Loads the layers of areas: from a file, or the embedded rough ones.

use std::path::Path;

use anyhow::Context;

use crate::{
    areas::{
        domain::Areas,
        file::format::{self, FORMAT},
    },
    import::boundaries::{self, Options},
};

/// Rough boundaries of ten constituencies, made by this project.
const DEMO: &str = include_str!("../../data/demo-areas.geojson");

/// The embedded boundaries, for trying things out.
pub fn demo() -> anyhow::Result<Areas> {
    let layer = boundaries::layer(DEMO.as_bytes(), &Options::default(), &mut |_| {})
        .context("the embedded boundaries are invalid")?;
    Ok(Areas::new(vec![layer]))
}

/// Loads a file written by `folkmoot data import areas`, or a `GeoJSON` file of one kind of area.
pub fn load(path: &Path) -> anyhow::Result<Areas> {
    let bytes = FORMAT.read_any(path)?;
    let layers = if FORMAT.matches(&bytes) {
        format::parse(path, bytes)?
    } else {
        let options = Options::for_file(path);
        let layer = boundaries::layer(&bytes, &options, &mut |_| {})
            .with_context(|| format!("failed to load the areas {}", path.display()))?;
        vec![layer]
    };
    Ok(Areas::new(layers))
}

#[cfg(test)]
mod tests {
    use super::demo;
    use crate::geometry::position::Position;

    #[test]
    fn the_embedded_boundaries_contain_the_places_they_are_named_after() {
        let areas = demo().unwrap();
        assert!(areas.layers()[0].about().rough);
        let places = [
            ("E14001419", -1.2165, 51.7520), // Oxford, Headington
            ("E14001420", -1.2820, 51.6708), // Abingdon
            ("E14001172", -0.1276, 51.5033), // Downing Street
            ("E14001149", 0.1190, 52.2053),  // Cambridge, King's Parade
            ("E14001131", -2.5990, 51.4530), // Bristol, College Green
            ("E14001352", -2.2370, 53.4810), // Manchester, Piccadilly
            ("S14000078", -3.1130, 55.9520), // Edinburgh, Portobello
            ("W07000089", -3.1450, 51.5150), // Cardiff, Penylan
            ("N05000001", -5.8700, 54.5960), // Belfast, Bloomfield
            ("E14001467", -1.4700, 53.3800), // Sheffield, City Hall
        ];
        for (code, longitude, latitude) in places {
            let found = areas
                .locate(Position { longitude, latitude })
                .map(|found| found.gss_code.to_owned());
            assert_eq!(found.as_deref(), Some(code));
        }
        assert_eq!(areas.layers()[0].areas().len(), places.len());
    }
}
