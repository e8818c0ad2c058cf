//! What each source gives, and how it is refused.

use postcodes::dataset::kind::Kind;
use postcodes::import::Base;
use postcodes::postcode::record::Record;

use super::{Bench, HEADINGS, ROWS, refusal, run};
use crate::support::postcode;

#[test]
fn an_archive_is_found_by_its_data_folder_and_named_by_its_documents() {
    let bench = Bench::new();
    bench.file("archive/Data/ONSPD_NOV_2025_UK.csv", format!("{HEADINGS}\n{}\n", ROWS.join("\n")));
    bench.file(
        "archive/Data/multi_csv/ONSPD_NOV_2025_UK_OX.csv",
        "not read, since there is one large file",
    );
    bench.file(
        "archive/Documents/LAD names and codes UK as at 04_25.txt",
        b"\xef\xbb\xbfLAD25CD\tLAD25NM\tLAD25NMW\r\nE07000178\tOxford\t\r\n",
    );
    bench.file(
        "archive/Documents/Ward names and codes UK as at 05_25.csv",
        b"WD25CD,WD25NM,WD25NMW\r\nE05013113,St Clement's \xf4,\r\n",
    );
    let report = run(&bench.request(Base::Onspd(bench.folder.path().join("archive"))));
    assert_eq!(report.about.released.as_deref(), Some("2025-11"));
    assert_eq!(report.about.version, "November 2025");
    let unnamed = |kind| report.unnamed.iter().find(|(of, ..)| *of == kind).cloned();
    assert_eq!(unnamed(Kind::Ward), Some((Kind::Ward, 2, "E05004803".to_owned())));
    assert_eq!(unnamed(Kind::Constituency), None, "none is named, so none is missing");
    let dataset = bench.dataset();
    let oxford = dataset.find(postcode("OX4 1AA")).unwrap();
    assert_eq!(oxford.area(Kind::District).unwrap().name, Some("Oxford"));
    assert_eq!(oxford.area(Kind::Ward).unwrap().name, Some("St Clement's ô"));
    assert_eq!(oxford.area(Kind::Deprivation).unwrap().code, "21000");
    let luton = dataset.find(postcode("AL1 1AA")).unwrap();
    assert_eq!(luton.area(Kind::Deprivation), None, "rank 0 says not applicable");
}

#[test]
fn a_folder_of_files_by_area_is_one_directory() {
    let bench = Bench::new();
    for (at, row) in ROWS.iter().enumerate() {
        bench
            .file(&format!("archive/Data/multi_csv/part_{at}.csv"), format!("{HEADINGS}\n{row}\n"));
    }
    let report = run(&bench.request(Base::Nspl(bench.folder.path().join("archive"))));
    assert_eq!(report.about.name, "National Statistics Postcode Lookup");
    assert_eq!((report.about.postcodes, report.about.terminated), (3, Some(1)));
}

#[test]
fn headings_of_the_live_feature_layer_are_read_too() {
    let bench = Bench::new();
    let csv = format!("{}\n{}\n", HEADINGS.to_uppercase(), ROWS.join("\n"));
    let report = run(&bench.request(Base::Onspd(bench.file("layer.csv", csv))));
    assert_eq!((report.about.postcodes, report.unread), (3, Vec::new()));
}

#[test]
fn the_look_up_edition_of_2026_is_understood() {
    let bench = Bench::new();
    let headings = "pcd7,pcd8,pcds,dointr,doterm,usrtypind,east1m,north1m,gridind,oa21cd,cty26cd,ced25cd,lad26cd,wd26cd,\
        nhser24cd,ctry26cd,rgn26cd,pcon24cd,ttwa15cd,itl25cd,npark16cd,lsoa21cd,msoa21cd,wz11cd,sicbl26cd,bua24cd,\
        ruc21ind,oac21ind,lat,long,lep21cd1,lep21cd2,pfa23cd,imd25ind,icb26cd";
    let row = "OX4 1AA,OX4  1AA,OX4 1AA,198001,,0,453540,0205000,1,E00145801,E10000025,E58001734,E07000178,E05013113,\
        E40000005,E92000001,E12000008,E14001419,E30000245,E07000178,E65000001,E01028535,E02005947,E33032929,E38000136,\
        E63010538,UN1,2A1,51.752,-1.2165,E37000025,,E23000029,21000,E54000044";
    let report =
        run(&bench.request(Base::Nspl(bench.file("nspl.csv", format!("{headings}\n{row}\n")))));
    // The eight-character and seven-character spellings of the postcode are not needed.
    assert_eq!(report.unread, ["pcd7", "pcd8"]);
    let dataset = bench.dataset();
    let entry = dataset.find(postcode("OX4 1AA")).unwrap();
    for (kind, code) in [
        (Kind::District, "E07000178"),
        (Kind::Oac21, "2A1"),
        (Kind::Ruc21, "UN1"),
        (Kind::Deprivation, "21000"),
        (Kind::WorkplaceZone, "E33032929"),
        (Kind::UserType, "0"),
        (Kind::Icb, "E54000044"),
        (Kind::SubIcb, "E38000136"),
    ] {
        assert_eq!(entry.area(kind).map(|area| area.code), Some(code), "{kind:?}");
    }
}

#[test]
fn code_point_open_gives_positions_by_ostn15_and_no_terminations() {
    let bench = Bench::new();
    let rows = "\"SE1P5ZZ\",10,533378,178838,\"E92000001\",\"\",\"E18000007\",\"\",\"E09000028\",\"E05011107\"\n\
        \"SE1 9ZZ\",90,0,0,\"E92000001\",\"\",\"\",\"\",\"\",\"\"\n";
    bench.file("codepo/Data/CSV/se.csv", rows);
    bench.file("codepo/Doc/Code-Point_Open_Column_Headers.csv", "PC,PQ\nPostcode,Quality\n");
    let report = run(&bench.request(Base::CodePoint(bench.folder.path().join("codepo"))));
    assert_eq!(
        (report.about.postcodes, report.about.located, report.about.terminated),
        (2, 1, None)
    );
    let dataset = bench.dataset();
    let entry = dataset.find(postcode("SE1P 5ZZ")).unwrap();
    let position = entry.position().unwrap();
    assert_eq!((position.longitude, position.latitude), (-0.080_126, 51.492_763));
    assert_eq!(entry.quality(), Some(1));
    assert_eq!(entry.area(Kind::District).unwrap().code, "E09000028");
    assert_eq!(dataset.find(postcode("SE1 9ZZ")).unwrap().grid(), None);
}

#[test]
fn the_code_point_layout_of_before_2011_is_refused_in_words() {
    let bench = Bench::new();
    let old = format!("AB10 1AA{}\n", ",x".repeat(18));
    let error = refusal(&bench.request(Base::CodePoint(bench.file("ab.csv", old))));
    assert!(error.contains("ab.csv, line 1") && error.contains("August 2011"), "{error}");
}

#[test]
fn the_scottish_directory_is_laid_over_and_its_split_postcodes_count_once() {
    let bench = Bench::new();
    let row = |postcode: &str, deleted: &str, code: &str, columns: usize, at: usize| {
        let mut cells = vec![String::new(); columns];
        cells[0] = format!("\"{postcode}\"");
        cells[3] = "1/8/1973 00:00:00".to_owned();
        deleted.clone_into(&mut cells[4]);
        cells[at] = format!("\"{code}\"");
        cells.join(",")
    };
    let small = [
        row("G13 3AEA", "", "S16000117", 57, 13),
        row("G13 3AEB", "", "S16000118", 57, 13),
        row("ZE1 0AA", "", "S16000119", 57, 13),
    ];
    let large = [row("OX4 1AA", "1/9/1995 00:00:00", "S16000117", 51, 14)];
    let mut request = bench.request(Base::Onspd(bench.csv(&ROWS)));
    request.scottish =
        vec![bench.file("large.csv", large.join("\n")), bench.file("small.csv", small.join("\n"))];
    let report = run(&request);
    let name = "Scottish Postcode Directory";
    assert_eq!(report.overlaid, [(name, 0, 0), (name, 1, 1)]);
    let dataset = bench.dataset();
    let code = |text| dataset.find(postcode(text)).unwrap().area(Kind::ScottishConstituency);
    assert_eq!(code("G13 3AE").unwrap().code, "S16000117");
    assert_eq!(code("OX4 1AA"), None);
    request.scottish = vec![bench.file("large.csv", "a,b\n"), bench.file("small.csv", "a,b\n")];
    assert!(refusal(&request).contains("large.csv, line 1: has 2 columns and no headings"));
}

#[test]
fn the_real_scottish_samples_are_read() {
    let Some(data) = testkit::real_data("the_real_scottish_samples_are_read") else { return };
    let bench = Bench::new();
    let mut request = bench.request(Base::Onspd(bench.csv(&ROWS)));
    request.scottish =
        ["LargeUser.csv", "SmallUser.csv"].map(|file| data.join("onspd").join(file)).into();
    request.names = Some(data.join("names"));
    let report = run(&request);
    assert!(report.overlaid.iter().all(|(_, met, unknown)| met + unknown > 0), "{report:?}");
    let dataset = bench.dataset();
    let area = dataset.find(postcode("G13 3AE")).unwrap().area(Kind::ScottishConstituency);
    assert_eq!(area.unwrap().code, "S16000115");
}

#[test]
fn the_constituencies_of_2010_lie_beside_those_of_2024() {
    let Some(data) = testkit::real_data("the_constituencies_of_2010_lie_beside_those_of_2024")
    else {
        return;
    };
    let bench = Bench::new();
    let mut request = bench.request(Base::Onspd(bench.csv(&ROWS)));
    request.onspd_2010 = Some(data.join("onspd/onspd_may2018.csv"));
    assert_eq!(run(&request).overlaid, [("constituencies of 2010", 1, 3)]);
    let dataset = bench.dataset();
    let entry = dataset.find(postcode("AL1 1AA")).unwrap();
    assert_eq!(entry.area(Kind::Constituency2010).unwrap().code, "E14000960");
    assert_eq!(entry.area(Kind::Constituency).unwrap().code, "E14001476");
    request.onspd_2010 = Some(data.join("onspd/onspd_nov2025.csv"));
    let error = refusal(&request);
    assert!(error.contains("line 2: column 20 (pcon24cd) is a constituency of 2024"), "{error}");
}

#[test]
fn tables_of_names_may_carry_the_code_that_follows() {
    let bench = Bench::new();
    let csv = "pcds,doterm,lad25cd,pcon24cd,itl25cd,sicbl24cd,east1m,north1m,lat,long\n\
        AB10 1AB,,S12000033,S14000061,S30000026,E38000006,394235,0806529,57.149606,-2.096916\n";
    bench.file(
        "names/nuts.json",
        r#"{"S30000026": {"code": "TLM50", "name": "Aberdeen City and Aberdeenshire"}}"#,
    );
    bench.file(
        "names/ccgs.json",
        r#"{"E38000006": {"ccg19cdh": "02P", "name": "NHS South Yorkshire"}}"#,
    );
    bench.file("names/pcts.json", r#"{"S03000012": null}"#);
    bench.file("names/readme.txt", "Nothing to see here\n");
    let mut request = bench.request(Base::Onspd(bench.file("onspd.csv", csv)));
    request.names = Some(bench.folder.path().join("names"));
    run(&request);
    let dataset = bench.dataset();
    let entry = dataset.find(postcode("AB10 1AB")).unwrap();
    let of = |kind| entry.area(kind).map(|area| (area.code, area.name));
    assert_eq!(of(Kind::Lau2), Some(("S30000026", Some("Aberdeen City and Aberdeenshire"))));
    assert_eq!(of(Kind::Nuts), Some(("TLM50", None)));
    assert_eq!(of(Kind::SubIcbNhs), Some(("02P", None)));
    let areas = postcodes::reload::layers::demo().unwrap();
    assert_eq!(Record::new(&entry, &areas).ccg, Some("NHS South Yorkshire"));
}

#[test]
fn the_senedd_follows_from_westminster_by_the_look_up_of_the_ons() {
    let bench = Bench::new();
    let csv = "pcds,doterm,lad25cd,pcon24cd,east1m,north1m,lat,long\n\
        CF10 1AA,,W06000015,W07000084,318400,176200,51.478,-3.177\n\
        OX4 1AA,,E07000178,E14001419,453540,205000,51.752,-1.2165\n";
    let look_up = "PCON24CD,PCON24NM,PCON24NMW,SENC26CD,SENC26NM,SENC26NMW\n\
        W07000084,Cardiff East,Dwyrain Caerdydd,W10000001,Caerdydd Penarth,Caerdydd Penarth\n";
    bench.file("names/PCON24_SENC26_lookup.csv", look_up);
    let mut request = bench.request(Base::Onspd(bench.file("onspd.csv", csv)));
    request.names = Some(bench.folder.path().join("names"));
    run(&request);
    let dataset = bench.dataset();
    let senedd = |text| dataset.find(postcode(text)).unwrap().area(Kind::SeneddConstituency);
    let cardiff = senedd("CF10 1AA").unwrap();
    assert_eq!((cardiff.code, cardiff.name), ("W10000001", Some("Caerdydd Penarth")));
    assert_eq!(senedd("OX4 1AA"), None);
}

#[test]
fn a_postcode_that_is_listed_twice_stays_live_and_is_reported() {
    let live = ROWS[0];
    let terminated = live.replace("198001,,", "198001,199606,");
    for rows in [[live, &terminated], [&terminated, live]] {
        let bench = Bench::new();
        let report = bench.import(&rows);
        assert_eq!((report.about.postcodes, report.about.terminated), (1, Some(0)), "{rows:?}");
        assert_eq!(report.repeated, 1);
        assert!(bench.dataset().find(postcode("OX4 1AA")).unwrap().is_live());
    }
    assert_eq!(Bench::new().import(&ROWS).repeated, 0);
}
