//! Description of a published source.

use crate::dataset::format::About;

/// Description of a source, without counts.
pub(super) fn about(
    name: &str,
    release: (Option<String>, String),
    terminated: Option<u32>,
) -> About {
    let attribution = [
        "Contains OS data © Crown copyright and database right.",
        "Contains Royal Mail data © Royal Mail copyright and database right.",
        "Source: Office for National Statistics licensed under the Open Government Licence v.3.0.",
        "Northern Ireland postcodes (BT) are free for non-commercial use; commercial use needs a \
         licence from Land & Property Services.",
    ];
    About {
        name: name.to_owned(),
        version: release.1,
        released: release.0,
        licence: "OGL-UK-3.0".to_owned(),
        attribution: attribution.map(str::to_owned).to_vec(),
        postcodes: 0,
        located: 0,
        terminated,
        constituency_generation: None,
    }
}
