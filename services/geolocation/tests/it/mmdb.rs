//! A small writer of MaxMind DB files, so that no foreign file need be kept here.
//!
//! Format 2.0: a binary tree over address bits with 24-bit records, 16 zero bytes, the data
//! section, a marker, the metadata. IPv4 stands under `::/96`, as everywhere.

use std::collections::HashMap;

use ipnet::IpNet;

pub(crate) enum Value {
    Text(&'static str),
    Double(f64),
    Float(f32),
    U16(u16),
    U32(u32),
    U64(u64),
    Map(Vec<(&'static str, Value)>),
    List(Vec<Value>),
}

#[derive(Clone, Copy)]
enum Record {
    Empty,
    Node(usize),
    Data(usize),
}

pub(crate) fn write(database_type: &'static str, entries: &[(&str, Value)]) -> Vec<u8> {
    let mut nodes = vec![[Record::Empty; 2]];
    let (mut data, mut shared) = (Vec::new(), HashMap::new());
    for (network, value) in entries {
        insert(&mut nodes, network.parse().unwrap(), data.len());
        entry(&mut data, &mut shared, value);
    }
    let mut file = Vec::new();
    for record in nodes.iter().flatten() {
        let number = match record {
            Record::Empty => nodes.len(),
            Record::Node(node) => *node,
            Record::Data(offset) => nodes.len() + 16 + offset,
        };
        file.extend(&u32::try_from(number).unwrap().to_be_bytes()[1..]);
    }
    file.extend([0; 16]);
    file.extend(data);
    file.extend(b"\xab\xcd\xefMaxMind.com");
    let node_count = u32::try_from(nodes.len()).unwrap();
    let metadata = Value::Map(vec![
        ("binary_format_major_version", Value::U16(2)),
        ("binary_format_minor_version", Value::U16(0)),
        ("build_epoch", Value::U64(1_767_225_600)),
        ("database_type", Value::Text(database_type)),
        ("description", Value::Map(vec![("en", Value::Text("Folkmoot's own test data"))])),
        ("ip_version", Value::U16(6)),
        ("languages", Value::List(vec![Value::Text("en")])),
        ("node_count", Value::U32(node_count)),
        ("record_size", Value::U16(24)),
    ]);
    encode(&mut file, &metadata);
    file
}

fn insert(nodes: &mut Vec<[Record; 2]>, network: IpNet, offset: usize) {
    let (bits, length) = match network {
        IpNet::V4(network) => (u128::from(u32::from(network.network())), network.prefix_len() + 96),
        IpNet::V6(network) => (u128::from(network.network()), network.prefix_len()),
    };
    let mut node = 0;
    for depth in 0..length {
        let side = usize::from(bits >> (127 - depth) & 1 == 1);
        if depth + 1 == length {
            nodes[node][side] = Record::Data(offset);
            return;
        }
        node = if let Record::Node(next) = nodes[node][side] {
            next
        } else {
            nodes.push([Record::Empty; 2]);
            nodes[node][side] = Record::Node(nodes.len() - 1);
            nodes.len() - 1
        };
    }
}

/// An entry whose fields are written once and pointed to afterwards, as MaxMind's writer does.
fn entry(out: &mut Vec<u8>, shared: &mut HashMap<Vec<u8>, u32>, value: &Value) {
    let Value::Map(fields) = value else { return encode(out, value) };
    control(out, 7, fields.len());
    for (key, value) in fields {
        encode(out, &Value::Text(key));
        let mut bytes = Vec::new();
        encode(&mut bytes, value);
        // A pointer takes five bytes.
        if let Some(at) = shared.get(&bytes) {
            out.push(1 << 5 | 3 << 3);
            out.extend(at.to_be_bytes());
            continue;
        }
        if bytes.len() > 5 {
            shared.insert(bytes.clone(), u32::try_from(out.len()).unwrap());
        }
        out.extend(bytes);
    }
}

fn encode(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Text(text) => {
            control(out, 2, text.len());
            out.extend(text.bytes());
        }
        Value::Double(number) => {
            control(out, 3, 8);
            out.extend(number.to_be_bytes());
        }
        Value::Float(number) => {
            control(out, 15, 4);
            out.extend(number.to_be_bytes());
        }
        Value::U16(number) => {
            control(out, 5, 2);
            out.extend(number.to_be_bytes());
        }
        Value::U32(number) => {
            control(out, 6, 4);
            out.extend(number.to_be_bytes());
        }
        Value::U64(number) => {
            control(out, 9, 8);
            out.extend(number.to_be_bytes());
        }
        Value::Map(entries) => {
            control(out, 7, entries.len());
            for (key, value) in entries {
                encode(out, &Value::Text(key));
                encode(out, value);
            }
        }
        Value::List(values) => {
            control(out, 11, values.len());
            for value in values {
                encode(out, value);
            }
        }
    }
}

/// Type and size; types above 7 take a second byte, sizes from 29 another one. Sizes here stay below 285.
fn control(out: &mut Vec<u8>, kind: u8, size: usize) {
    let (short, rest) = if size < 29 { (size, None) } else { (29, Some(size - 29)) };
    let short = u8::try_from(short).unwrap();
    if kind <= 7 {
        out.push(kind << 5 | short);
    } else {
        out.extend([short, kind - 7]);
    }
    out.extend(rest.map(|rest| u8::try_from(rest).expect("a small value")));
}
