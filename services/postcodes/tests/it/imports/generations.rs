//! What an import changes, keeps, and leaves alone when it fails.

use postcodes::dataset::kind::Kind;
use postcodes::import::diff::Change;
use postcodes::import::generations::{list, rollback};
use postcodes::import::{self, Base, Request};

use super::{Bench, HEADINGS, ROWS, files_of, refusal, run};

/// The rows, changed: one moved and in another ward, one terminated, one revived, one new.
const CHANGED: [&str; 4] = [
    "OX4 1AA,198001,,E07000178,E05013114,E14001419,21000,453640,0205001,1,51.753,-1.2165",
    "G13 3AE,197308,202511,S12000049,S13002979,S14000085,1,252241,668669,1,55.888427,-4.364124",
    "AL1 1AA,199002,,E07000240,E05004803,E14001476,0,514600,0206900,8,51.749084,-0.341337",
    "ZE1 0AA,197308,,S12000027,S13003050,S14000051,9,,,9,99.999999,0.000000",
];

#[test]
fn a_dry_run_reports_what_would_change_and_changes_nothing() {
    let bench = Bench::new();
    assert_eq!(bench.import(&ROWS).diff, None);
    let before = std::fs::read(bench.out()).unwrap();
    let request = Request { dry_run: true, ..bench.request(Base::Onspd(bench.csv(&CHANGED))) };
    let diff = run(&request).diff.unwrap();
    let one = |example: &str| Change { count: 1, examples: vec![example.to_owned()] };
    assert_eq!(diff.added, one("ZE1 0AA"));
    assert_eq!(diff.terminated, one("G13 3AE 202511"));
    assert_eq!(diff.revived, one("AL1 1AA"));
    assert_eq!(diff.moved, Change::default(), "100 m are no move");
    assert_eq!(diff.codes[&Kind::Ward], one("OX4 1AA E05013113 → E05013114"));
    assert_eq!((diff.codes.len(), diff.gone.count), (1, 0));
    assert_eq!(std::fs::read(bench.out()).unwrap(), before);
    assert_eq!(files_of(bench.folder.path()), ["onspd.csv", "postcodes.bin"]);
    assert!(bench.import(&ROWS).diff.unwrap().is_empty());
    assert_eq!(bench.import(&CHANGED[1..]).diff.unwrap().gone, one("OX4 1AA"));
}

#[test]
fn a_move_of_more_than_a_hundred_metres_is_reported() {
    let bench = Bench::new();
    bench.import(&ROWS);
    let moved = ROWS[0].replace("453540", "453641");
    let diff = bench.import(&[&moved, ROWS[1], ROWS[2]]).diff.unwrap();
    assert_eq!(diff.moved.examples, ["OX4 1AA 101 m"]);
}

#[test]
fn so_many_earlier_files_are_kept_and_one_can_be_put_back() {
    let bench = Bench::new();
    for rows in 1..=3 {
        bench.import(&ROWS[..rows]);
    }
    let counts = || {
        list(&bench.out()).iter().map(|it| it.about.as_ref().unwrap().postcodes).collect::<Vec<_>>()
    };
    assert_eq!(counts(), [3, 2, 1]);
    rollback(&bench.out(), 2).unwrap();
    assert_eq!(counts(), [1, 3, 2], "what was current is the first of the earlier ones");
    rollback(&bench.out(), 1).unwrap();
    assert_eq!(counts(), [3, 1, 2]);
    let keep_one = Request { keep: 1, ..bench.request(Base::Onspd(bench.csv(&CHANGED))) };
    run(&keep_one);
    assert_eq!(counts(), [4, 3]);
    assert_eq!(files_of(bench.folder.path()), ["onspd.csv", "postcodes.bin", "postcodes.bin.1"]);
    assert!(rollback(&bench.out(), 2).unwrap_err().to_string().contains("no generation 2"));
    std::fs::write(bench.folder.path().join("postcodes.bin.1"), "FMPC").unwrap();
    rollback(&bench.out(), 1).unwrap_err();
    assert_eq!(bench.dataset().about().postcodes, 4, "one that does not load is not put back");
}

#[test]
fn a_broken_source_is_reported_by_file_line_and_column_and_leaves_the_data_in_place() {
    let bench = Bench::new();
    bench.import(&ROWS);
    let before = std::fs::read(bench.out()).unwrap();
    let broken = |row: &str| format!("{HEADINGS}\n{}\n{row}\n", ROWS[0]).into_bytes();
    let latin = [broken("AL1 1AA,199002,,"), b"E0\xff,,,,,,,,\n".to_vec()].concat();
    let cases: [(Vec<u8>, &str); 8] = [
        (
            broken(&ROWS[1].replace("252241", "25224l")),
            "line 3: column 8 (east1m) must be whole metres",
        ),
        (broken(&ROWS[1].replace("197308", "197313")), "line 3: column 2 (dointr) must be a month"),
        (broken(&ROWS[1].replace("55.888427", "north")), "line 3: column 11 (lat) must be degrees"),
        (
            broken(&ROWS[1].replace(",1,252", ",1,1,252")),
            "line 3: has 13 columns, the first row has 12",
        ),
        (broken("AL1 1AA,199002"), "line 3: has 2 columns"),
        (latin, "line 3"),
        (
            broken(ROWS[1]).iter().map(|byte| byte.wrapping_add(128)).collect(),
            "it has no columns pcds",
        ),
        (HEADINGS.replace("lad25cd", "lad2025").into_bytes(), "it has no columns lad##cd"),
    ];
    for (content, expected) in cases {
        let message = refusal(&bench.request(Base::Onspd(bench.file("bad.csv", content))));
        assert!(
            message.contains("bad.csv") && message.contains(expected),
            "{message}, expected {expected}"
        );
    }
    let nonsense = format!("{HEADINGS}\n{}", "no postcode,,,,,,,,,,,\n".repeat(150));
    let message = refusal(&bench.request(Base::Onspd(bench.file("bad.csv", nonsense))));
    assert!(message.contains("this is not a postcode directory"), "{message}");
    assert_eq!(std::fs::read(bench.out()).unwrap(), before);
    assert_eq!(files_of(bench.folder.path()), ["bad.csv", "onspd.csv", "postcodes.bin"]);
}

#[test]
fn a_file_that_is_no_dataset_is_not_overwritten() {
    let bench = Bench::new();
    bench.file("postcodes.bin", "somebody's own file");
    let message = refusal(&bench.request(Base::Onspd(bench.csv(&ROWS))));
    assert!(message.contains("is not a Folkmoot postcode dataset file"), "{message}");
    assert_eq!(std::fs::read(bench.out()).unwrap(), b"somebody's own file");
}

#[test]
fn no_single_wrong_byte_brings_an_import_down() {
    let bench = Bench::new();
    let valid = std::fs::read(bench.csv(&ROWS)).unwrap();
    for at in (0..valid.len()).step_by(5) {
        for byte in [0, b'"', b',', b'\n', 0xff] {
            let mut bad = valid.clone();
            bad[at] = byte;
            let request = bench.request(Base::Onspd(bench.file("bad.csv", bad)));
            if let Err(error) = import::run(&request, &mut |_| {}) {
                let message = format!("{error:#}");
                assert!(message.contains("bad.csv"), "byte {at}: {message}");
            }
        }
    }
}
