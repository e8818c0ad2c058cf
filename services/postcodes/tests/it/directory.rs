//! The dataset file and the record, on the project's own small directory.

use datafile::container::LoadError;
use postcodes::{
    dataset::{format::peek, image::Dataset, kind::Kind},
    postcode::record::Record,
    reload::layers,
};
use serde_json::{Value, json};

use crate::support;

#[test]
fn a_postcode_is_found_with_all_that_was_written() {
    let dataset = support::small();
    assert_eq!((dataset.about().postcodes, dataset.about().located), (3, 1));
    assert_eq!(dataset.about().terminated, Some(1));
    let entry = dataset.find(support::postcode("ox41aa")).unwrap();
    let district = entry.area(Kind::District).unwrap();
    assert_eq!((district.code, district.name), ("E07000178", Some("Oxford")));
    assert_eq!(entry.area(Kind::County), None);
    assert_eq!(entry.terminated(), None);
    let terminated = dataset.find(support::postcode("M1 1AA")).unwrap();
    assert_eq!(terminated.terminated().unwrap().to_string(), "199606");
    assert!(dataset.find(support::postcode("M1 1AB")).is_none());
    let all: Vec<_> = dataset.entries().map(|entry| entry.postcode().to_string()).collect();
    assert_eq!(all, ["JE2 4WD", "M1 1AA", "OX4 1AA"]);
}

#[test]
fn the_record_has_the_fields_of_postcodes_io_and_ours_where_they_are_asked_for() {
    let (dataset, areas) = (support::small(), layers::demo().unwrap());
    let entry = dataset.find(support::postcode("OX4 1AA")).unwrap();
    let record = Record::new(&entry, &areas);
    let more = record.clone().with_additions(&entry, &areas, true);
    let [record, more] = [record, more].map(|record| serde_json::to_value(record).unwrap());
    assert_eq!(record["postcode"], "OX4 1AA");
    assert_eq!((&record["outcode"], &record["incode"]), (&json!("OX4"), &json!("1AA")));
    assert_eq!((&record["longitude"], &record["latitude"]), (&json!(-1.2165), &json!(51.752)));
    assert_eq!(record["admin_district"], "Oxford");
    assert_eq!(record["date_of_introduction"], "198001");
    assert_eq!(record["parliamentary_constituency_2024"], "Oxford East");
    assert_eq!(record["codes"]["parliamentary_constituency_2024"], "E14001419");
    assert_eq!(record["eastings"], Value::Null);
    // 41 fields of version 18 and `codes`, and four of later versions.
    assert_eq!(record.as_object().unwrap().len(), 41 + 1 + 4);
    assert_eq!(record["codes"].as_object().unwrap().len(), 29);
    assert_eq!(more["constituency"]["method"], "point_in_polygon");
    assert_eq!(more.as_object().unwrap().len(), 41 + 1 + 4 + 1);
    assert_eq!(more["codes"].as_object().unwrap().len(), 29 + 1);
}

#[test]
fn a_code_that_says_not_applicable_is_published_and_is_no_area() {
    let dataset = support::small();
    let entry = dataset.find(support::postcode("OX4 1AA")).unwrap();
    assert_eq!(entry.published_code(Kind::County), Some("E99999999"));
    assert_eq!((entry.code(Kind::County), entry.name(Kind::County)), (None, None));
    assert_eq!(entry.published_code(Kind::District), Some("E07000178"));
    assert_eq!(entry.published_code(Kind::Parish), None);
}

#[test]
fn a_postcode_without_a_position_has_a_record_of_nulls() {
    let (dataset, areas) = (support::small(), layers::demo().unwrap());
    let entry = dataset.find(support::postcode("JE2 4WD")).unwrap();
    let record = serde_json::to_value(Record::new(&entry, &areas)).unwrap();
    for field in ["longitude", "latitude", "eastings", "northings", "constituency"] {
        assert_eq!(record[field], Value::Null, "{field}");
    }
}

#[test]
fn a_damaged_foreign_or_missing_file_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = support::write_small(&folder);
    assert_eq!(peek(&path).unwrap().name, "Test directory");
    let valid = std::fs::read(&path).unwrap();
    for at in [20, valid.len() / 2, valid.len() - 1] {
        let mut bad = valid.clone();
        bad[at] ^= 1;
        std::fs::write(&path, bad).unwrap();
        assert!(matches!(Dataset::load(&path), Err(LoadError::Damaged { .. })), "byte {at}");
    }
    for length in [0, 3, 11, 12, 40, valid.len() - 1] {
        std::fs::write(&path, &valid[..length]).unwrap();
        assert!(Dataset::load(&path).is_err(), "{length} bytes");
    }
    std::fs::write(&path, [b"FMPC", &[9, 0, 0, 0, 0, 0, 0, 0][..]].concat()).unwrap();
    assert!(matches!(Dataset::load(&path), Err(LoadError::OtherFormat { found: 9, .. })));
    std::fs::write(&path, "postcode,lat,long\n").unwrap();
    assert!(matches!(Dataset::load(&path), Err(LoadError::Foreign { .. })));
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(Dataset::load(&path), Err(LoadError::Unreadable { .. })));
}
