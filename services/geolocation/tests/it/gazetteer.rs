//! From words to places, and the file they come from.

use geolocation::gazetteer::{file, search::Fit, words::Words};

use crate::places::{contents, gazetteer, write};

/// Places by their ids, the most confident first.
fn found(words: &Words) -> Vec<(String, Fit)> {
    let gazetteer = gazetteer();
    let mut hits = gazetteer.find(words);
    hits.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then(a.place.cmp(&b.place)));
    hits.iter().map(|hit| (gazetteer.place(hit.place).unwrap().id.clone(), hit.fit)).collect()
}

fn ids(text: &str) -> Vec<String> {
    found(&Words::new(text, false)).into_iter().map(|(id, _)| id).collect()
}

fn begun(text: &str) -> Vec<String> {
    found(&Words::new(text, true)).into_iter().map(|(id, _)| id).collect()
}

#[test]
fn a_name_is_found_in_any_spelling_and_language_of_it() {
    for text in ["Oxford", "OXFORD", " oxford ", "Rhydychen", "oxford, uk", "Oxford United Kingdom"]
    {
        assert_eq!(ids(text), ["1"], "{text}");
    }
    for text in ["St Albans", "St. Albans", "saint albans", "ST-ALBANS"] {
        assert_eq!(ids(text), ["4"], "{text}");
    }
    assert_eq!(ids("Kings Lynn"), ["8"]);
    assert_eq!(ids("Stow-upon-the-Wold"), ["9"]);
}

#[test]
fn words_that_say_where_choose_among_places_of_one_name() {
    assert_eq!(ids("Newport"), ["2", "3"]);
    for text in ["Newport, Wales", "newport wales", "Newport Wales UK"] {
        assert_eq!(ids(text), ["2"], "{text}");
    }
    assert_eq!(ids("Newport, Isle of Wight"), ["3"]);
    assert_eq!(found(&Words::structured("Newport", &["England"])), [("3".to_owned(), Fit::Exact)]);
    // Said wrongly it is found all the same, and is less sure.
    let wrong = gazetteer().find(&Words::new("Leicester, Scotland", false));
    assert!(wrong.len() == 1 && wrong[0].confidence < 0.7, "{wrong:?}");
    // GeoNames does not know counties.
    let county = gazetteer().find(&Words::new("Oxford, Oxfordshire", false));
    assert!(county.len() == 1 && county[0].confidence < 0.7, "{county:?}");
    for text in ["Oxford, Oxfordshire, UK", "oxford, Oxfordshire, England"] {
        assert_eq!(ids(text), ["1"], "{text}");
    }
    let parts = Words::structured("Oxford", &["Oxfordshire"]);
    assert_eq!(found(&parts), [("1".to_owned(), Fit::Exact)]);
}

#[test]
fn an_address_leads_to_its_town_and_says_so() {
    for text in [
        "12 High Street, Oxford",
        "12 high street oxford",
        "Flat 3, 12 High Street, Oxford, England",
    ] {
        assert_eq!(found(&Words::new(text, false)), [("1".to_owned(), Fit::Fallback)], "{text}");
    }
    assert_eq!(found(&Words::new("Street", false)), [("5".to_owned(), Fit::Exact)]);
    assert_eq!(found(&Words::new("Street, Somerset", false)), [("5".to_owned(), Fit::Exact)]);
}

#[test]
fn wrong_letters_are_forgiven_in_words_long_enough() {
    for text in ["Oxfrod", "Oxfor", "Oxxford", "Ocford"] {
        assert_eq!(found(&Words::new(text, false)), [("1".to_owned(), Fit::Fuzzy)], "{text}");
    }
    assert_eq!(ids("Liecster"), ["6"]);
    assert_eq!(ids("Saint Albens"), ["4"]);
    assert_eq!(ids("Nweport, Wales"), ["2"]);
    for text in ["Ox", "Xyzzyford", "Paris"] {
        assert_eq!(ids(text), [""; 0], "{text}");
    }
}

#[test]
fn an_unfinished_name_is_completed_also_with_a_wrong_letter() {
    assert_eq!(begun("ox"), ["1"]);
    assert_eq!(begun("lei"), ["7", "6"]);
    assert_eq!(begun("st a"), ["4"]);
    assert_eq!(begun("newport wal"), ["2"]);
    assert_eq!(begun("newport, isle of w"), ["3"]);
    assert_eq!(begun("liec"), ["6"]);
    assert_eq!(found(&Words::new("oxford", true)), [("1".to_owned(), Fit::Exact)]);
    assert_eq!(begun("zz"), [""; 0]);
}

#[test]
fn no_words_find_nothing_and_many_words_end() {
    for text in ["", " , ,", "-", "’", "\u{0}", &"a b ".repeat(5_000), &"x".repeat(100_000)] {
        assert_eq!(ids(text).len() + begun(text).len(), 0);
    }
}

#[test]
fn places_near_a_point_come_by_distance() {
    let near: Vec<(u32, f64)> = gazetteer().near(-1.27, 51.75, 30_000.0).collect();
    let [(first, a), (second, b), ..] = near[..] else { panic!("{near:?}") };
    assert_eq!((first, second), (0, 9));
    assert!((900.0..1_100.0).contains(&a) && (1_300.0..1_500.0).contains(&b), "{near:?}");
    // On the other side of the date line, and at a pole, nothing is near and nothing goes wrong.
    for (longitude, latitude) in [(180.0, 0.0), (-180.0, 0.0), (0.0, 90.0), (0.0, -90.0)] {
        assert_eq!(gazetteer().near(longitude, latitude, 30_000.0).count(), 0);
    }
}

#[test]
fn a_file_comes_back_as_it_was_and_a_damaged_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("places.bin");
    write(&path);
    assert_eq!(file::read(&path).unwrap(), contents());
    let valid = std::fs::read(&path).unwrap();
    for at in [0, 7, 8, valid.len() / 2, valid.len() - 1] {
        let mut bad = valid.clone();
        bad[at] ^= 1;
        std::fs::write(&path, &bad).unwrap();
        assert!(file::load(&path).is_err(), "{at}");
        std::fs::write(&path, &valid[..at]).unwrap();
        assert!(file::load(&path).is_err(), "{at}");
    }
}
