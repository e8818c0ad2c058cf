//! The record of a postcode on the paths of postcodes.io: its fields, codes and values.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::compat::{Public, public};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_record_of_a_real_postcode_is_as_published() {
    let public = public!("the_whole_record_of_a_real_postcode_is_as_published");
    let record = public.result("/postcodes/ab101ab").await;
    for (field, value) in [
        ("postcode", json!("AB10 1AB")),
        ("quality", json!(1)),
        ("eastings", json!(394_235)),
        ("northings", json!(806_529)),
        ("country", json!("Scotland")),
        ("longitude", json!(-2.096_916)),
        ("latitude", json!(57.149_606)),
        ("region", Value::Null),
        ("incode", json!("1AB")),
        ("outcode", json!("AB10")),
        ("parliamentary_constituency", json!("Aberdeen South")),
        ("parliamentary_constituency_2024", json!("Aberdeen South")),
        ("admin_district", json!("Aberdeen City")),
        ("admin_county", Value::Null),
        ("date_of_introduction", json!("201106")),
        ("admin_ward", json!("George St/Harbour")),
        ("parish", Value::Null),
        ("date_of_termination", Value::Null),
        ("index_of_multiple_deprivation", json!(3888)),
        ("oa21", json!("S00136377")),
    ] {
        assert_eq!(record[field], value, "{field}");
    }
    let codes = &record["codes"];
    for (field, value) in [
        ("admin_district", json!("S12000033")),
        ("admin_ward", json!("S13002842")),
        ("parliamentary_constituency", json!("S14000061")),
        ("parliamentary_constituency_2024", json!("S14000061")),
        ("admin_county", json!("S99999999")),
        ("parish", json!("S99999999")),
        ("ced", json!("S99999999")),
        ("nhs_region", json!("S99999999")),
        ("national_park", json!("S99999999")),
        ("icb", json!("S99999999")),
        ("cancer_alliance", json!("S99999999")),
        ("lep1", json!("S99999999")),
        ("lep2", Value::Null),
        // The extract's own column `bua11` is of other areas.
        ("bua", Value::Null),
    ] {
        assert_eq!(codes[field], value, "codes.{field}");
    }
}

/// The fields of `toJson` in `api/app/queries/postcodes.ts` of version 19, in its order.
const FIELDS: &str = "postcode quality eastings northings country nhs_ha longitude latitude \
    european_electoral_region primary_care_trust region lsoa msoa incode outcode parliamentary_constituency \
    parliamentary_constituency_2024 senedd_constituency senedd_constituency_no admin_district parish admin_county \
    date_of_introduction date_of_termination index_of_multiple_deprivation admin_ward ced ccg nuts pfa nhs_region ttwa \
    national_park bua icb cancer_alliance lsoa11 msoa11 lsoa21 msoa21 oa21 ruc11 ruc21 lep1 lep2 codes";
const CODES: &str = "admin_district admin_county admin_ward parish parliamentary_constituency \
    parliamentary_constituency_2024 ccg ccg_id ced nuts lsoa msoa lau2 pfa nhs_region ttwa national_park bua icb \
    cancer_alliance lsoa11 msoa11 lsoa21 msoa21 oa21 ruc11 ruc21 lep1 lep2";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_has_the_fields_of_version_19_and_ours_only_where_they_are_asked_for() {
    let public =
        public!("a_record_has_the_fields_of_version_19_and_ours_only_where_they_are_asked_for");
    let names = |record: &Value| -> BTreeSet<String> {
        record.as_object().unwrap().keys().cloned().collect()
    };
    let listed = |fields: &str| -> BTreeSet<String> {
        fields.split_whitespace().map(str::to_owned).collect()
    };
    let many = json!({"postcodes": ["AB101AB"]});
    let near = json!({"geolocations": [{"longitude": -2.097, "latitude": 57.148}]});
    for query in ["", "?additions=false"] {
        for path in ["/postcodes/AB101AB", "/random/postcodes"] {
            let record = public.result(&format!("{path}{query}")).await;
            assert_eq!(names(&record), listed(FIELDS), "{path}{query}");
            assert_eq!(names(&record["codes"]), listed(CODES), "{path}{query}");
        }
    }
    let (mut fields, mut codes) = (listed(FIELDS), listed(CODES));
    fields.insert("constituency".to_owned());
    codes.insert("senedd_constituency".to_owned());
    for path in ["/postcodes/AB101AB", "/random/postcodes"] {
        let record = public.result(&format!("{path}?additions=true")).await;
        assert_eq!((names(&record), names(&record["codes"])), (fields.clone(), codes.clone()));
    }
    fields.insert("distance".to_owned());
    let found = public.post("/postcodes?additions=true", &near).await;
    assert_eq!(names(&found[0]["result"][0]), fields);
    for path in ["/postcodes?lon=-2.097&lat=57.148", "/postcodes/AB101AB/nearest?"] {
        let found = public.result(&format!("{path}&additions=true")).await;
        assert_eq!(names(&found[0]), fields, "{path}");
        let plain = public.result(path).await;
        assert_eq!(plain[0].get("constituency"), None, "{path}");
    }
    let found = public.post("/postcodes?additions=true", &many).await;
    assert_eq!(found[0]["result"]["constituency"]["name"], "Aberdeen South");
    assert_eq!(
        public.result("/postcodes?q=AB101AB&additions=true").await[0]["constituency"]["method"],
        "column"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_channel_islands_have_the_codes_and_names_that_say_not_applicable() {
    let public = public!("the_channel_islands_have_the_codes_and_names_that_say_not_applicable");
    let jersey = public.result("/postcodes/JE2%204WD").await;
    for (field, value) in [
        ("country", json!("Channel Islands")),
        ("quality", json!(9)),
        ("longitude", Value::Null),
        ("admin_district", json!("Channel Islands")),
        ("admin_ward", json!("Channel Islands (pseudo)")),
        ("primary_care_trust", json!("(pseudo) Channel Islands")),
        ("pfa", json!("(pseudo) Channel Islands")),
        ("ruc11", json!("(pseudo) Channel Islands/Isle of Man")),
        ("region", Value::Null),
        ("admin_county", Value::Null),
        ("parish", Value::Null),
        ("parliamentary_constituency", Value::Null),
        ("index_of_multiple_deprivation", Value::Null),
        ("oa21", json!("L99999999")),
    ] {
        assert_eq!(jersey[field], value, "{field}");
    }
    let codes = jersey["codes"].as_object().unwrap();
    for (field, code) in codes {
        let expected = match field.as_str() {
            "ruc11" => json!("Z9"),
            // Not in this release, or codes of codes.
            "bua" | "ccg_id" | "nuts" | "ruc21" => Value::Null,
            _ => json!("L99999999"),
        };
        assert_eq!(*code, expected, "codes.{field}");
    }
    assert_eq!(public.result("/outcodes/JE2").await["admin_district"], json!(["Channel Islands"]));
}
