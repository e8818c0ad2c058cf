//! The file of layers: a checked container ([`datafile::container`]) whose header has the description of each layer and its
//! number of areas, and whose body has the areas of all layers ([`super::codec`]).

use std::{io, path::Path};

use datafile::container::{self, Content, Format, LoadError};
use serde::{Deserialize, Serialize};

use super::codec::{Reader, Writer};
use crate::areas::layer::{Layer, LayerAbout};

/// Full-resolution boundaries of all kinds together stay below a tenth of the largest size.
pub(crate) const FORMAT: Format =
    Format { magic: *b"FMPA", version: 1, what: "areas", max_bytes: 2 << 30 };

#[derive(Serialize, Deserialize)]
struct Header {
    layers: Vec<LayerHeader>,
}

#[derive(Serialize, Deserialize)]
struct LayerHeader {
    #[serde(flatten)]
    about: LayerAbout,
    areas: usize,
}

/// Verifies and decodes a file; `path` is for error messages.
pub(crate) fn parse(path: &Path, file: Content) -> Result<Vec<Layer>, LoadError> {
    let content = FORMAT.verify(path, file)?;
    let (header, body) = FORMAT.split_header(path, content)?;
    decode(header, &body).ok_or_else(|| FORMAT.damaged(path))
}

pub fn write(path: &Path, layers: &[Layer]) -> io::Result<()> {
    let header =
        |layer: &Layer| LayerHeader { about: layer.about().clone(), areas: layer.areas().len() };
    let header = Header { layers: layers.iter().map(header).collect() };
    let mut writer = Writer::default();
    layers.iter().flat_map(Layer::areas).for_each(|area| writer.area(area));
    FORMAT.write(path, &[&container::header(&header)?, &writer.bytes])
}

fn decode(header: Header, body: &[u8]) -> Option<Vec<Layer>> {
    let mut reader = Reader::new(body);
    let mut layers = Vec::new();
    for LayerHeader { about, areas } in header.layers {
        let areas = (0..areas).map(|_| reader.area()).collect::<Option<_>>()?;
        layers.push(Layer::new(about, areas));
    }
    reader.is_at_end().then_some(layers)
}
