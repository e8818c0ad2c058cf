//! Import of the ONS directory: the project's own rows, and the real extracts.

use datafile::grid::{Grid, Transformer};
use postcodes::{
    areas::domain::Method,
    dataset::{image::Dataset, kind::Kind},
    import::Report,
    postcode::record::Record,
    reload::layers,
};
use serde_json::json;

use crate::support;

fn import(csv: &std::path::Path, names: Option<&std::path::Path>) -> (Report, Dataset) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("postcodes.bin");
    let report = support::import_onspd(csv, names, &out);
    (report, Dataset::load(&out).unwrap())
}

#[test]
fn columns_are_found_whatever_their_order_and_vintage() {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("own.csv");
    let text = "\u{feff}doterm,lad27cd,pcon24cd,long,lat,north1m,east1m,surprise,pcds\n\
        ,E07000178,E14001419,-1.2165,51.752,0205000,454000,?,OX4 1AA\n\
        199606,E99999999,E99999999,0.000000,99.999999,,,?,\"NPT 0AA\"\n\
        ,L99999999,L99999999,0.000000,99.999999,,,?,JE2 4WD\n";
    std::fs::write(&csv, text).unwrap();
    let (report, dataset) = import(&csv, None);
    assert_eq!((report.about.postcodes, report.skipped), (2, 1));
    assert_eq!(report.unread, ["surprise"]);
    assert!(report.missing.contains(&"wd##cd"));
    assert_eq!(dataset.about().constituency_generation.as_deref(), Some("2024"));
    let areas = layers::demo().unwrap();
    let oxford = dataset.find(support::postcode("OX4 1AA")).unwrap();
    let constituency = areas.constituency(&oxford).unwrap();
    assert_eq!((constituency.gss_code, constituency.name), ("E14001419", Some("Oxford East")));
    assert_eq!(constituency.method, Method::Column);
    let jersey = dataset.find(support::postcode("JE2 4WD")).unwrap();
    assert_eq!((jersey.position(), jersey.area(Kind::Constituency)), (None, None));
}

#[test]
fn the_real_extract_gives_the_published_records() {
    let Some(data) = testkit::real_data("the_real_extract_gives_the_published_records") else {
        return;
    };
    let (report, dataset) = import(&data.join("onspd/ab_2025-09.csv"), Some(&data.join("names")));
    assert_eq!((report.about.postcodes, report.skipped), (8_048, 0));
    let areas = layers::demo().unwrap();
    let record = |text| {
        let entry = dataset.find(support::postcode(text)).unwrap();
        let record = Record::new(&entry, &areas).with_additions(&entry, &areas, true);
        serde_json::to_value(record).unwrap()
    };
    let aberdeen = record("AB10 1AB");
    assert_eq!(aberdeen["eastings"], 394_235);
    assert_eq!(aberdeen["northings"], 806_529);
    assert_eq!(aberdeen["longitude"], json!(-2.096_916));
    assert_eq!(aberdeen["latitude"], json!(57.149_606));
    assert_eq!(aberdeen["country"], "Scotland");
    assert_eq!(aberdeen["admin_district"], "Aberdeen City");
    assert_eq!(aberdeen["parliamentary_constituency_2024"], "Aberdeen South");
    assert_eq!(aberdeen["constituency"]["method"], "column");
    assert_eq!(aberdeen["codes"]["admin_ward"], "S13002842");
    assert_eq!(aberdeen["region"], json!(null));
    assert_eq!(aberdeen["index_of_multiple_deprivation"], 3888);
    let southwark = record("SE1P 5ZZ");
    assert_eq!(southwark["region"], "London");
    assert_eq!(southwark["codes"]["parliamentary_constituency"], "E14001085");
    assert_eq!(southwark["codes"]["bua"], json!(null), "`bua11` is another kind of area");
    assert!(report.unread.contains(&"bua11".to_owned()));
    assert_eq!(record("JE2 4WD")["longitude"], json!(null));
    assert_eq!(record("AB1 0AA")["date_of_termination"], "199606");
}

#[test]
fn every_real_position_lies_where_its_grid_reference_says() {
    let Some(data) = testkit::real_data("every_real_position_lies_where_its_grid_reference_says")
    else {
        return;
    };
    // Up to August 2025 the directory was placed by a simpler transformation, since then by OSTN15.
    let (older, newer) = (3e-5, 5.1e-7);
    for (file, tolerance) in [("ab_2025-09.csv", older), ("onspd_nov2025.csv", newer)] {
        let (_, dataset) = import(&data.join("onspd").join(file), None);
        let transformer = Transformer::new().unwrap();
        let (mut compared, mut near) = (0, 0);
        for entry in dataset.entries() {
            let (Some(grid), Some(position)) = (entry.grid(), entry.position()) else { continue };
            let found = transformer.degrees(Grid::British, grid.easting_m, grid.northing_m);
            let found = found.unwrap();
            let off = (found.0 - position.longitude).abs().max((found.1 - position.latitude).abs());
            compared += 1;
            near += u32::from(off < tolerance);
        }
        println!("{file}: {compared} compared, {near} within {tolerance} degrees");
        // A few rows of the older extract have degrees and grid reference of different releases.
        assert!(compared > 0 && near * 100 > compared * 99, "{file}");
    }
}

#[test]
fn all_three_real_generations_of_headings_are_understood() {
    let Some(data) = testkit::real_data("all_three_real_generations_of_headings_are_understood")
    else {
        return;
    };
    for (file, generation) in [("onspd_may2018.csv", "2010"), ("onspd_nov2025.csv", "2024")] {
        let (report, dataset) = import(&data.join("onspd").join(file), None);
        assert_eq!(report.about.postcodes, 4, "{file}");
        let entry = dataset.entries().next().unwrap();
        let bua = if generation == "2024" { Some("S99999999") } else { None };
        assert_eq!(entry.published_code(Kind::BuiltUpArea), bua, "{file}");
        assert_eq!(dataset.about().constituency_generation.as_deref(), Some(generation), "{file}");
        println!("{file}: missing {:?}, unread {:?}", report.missing, report.unread);
    }
}
