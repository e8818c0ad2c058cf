//! What the fuzzers call, and the replay of what they found: each takes any bytes, must return, and must be right where that
//! can be checked. `fuzz/` includes this file, so it stands on nothing of the tests.

use std::{cell::LazyCell, mem::ManuallyDrop};

use actix_web::{
    App as Web,
    http::{Uri, header::CONTENT_TYPE},
    rt::System,
    test::{self, TestRequest},
    web,
};
use contracts::values::postcode::{Postcode, outcode_number, outcode_text};
use kit::{auth::verifier::Verifier, clock::Clock, service::Service as _};
use postcodes::{
    Postcodes,
    app::App,
    areas, bulk,
    config::{Config, NorthernIreland},
    distance, eligibility,
    geometry::position::Position,
    hash_prefix,
    import::{self, Base, Request, open_names},
    postcodes_io::numbers::{real, whole},
    reload::layers,
    text_extraction, tiles,
};
use tempfile::TempDir;

/// What requests are answered from.
const DIRECTORY: &[u8] = include_bytes!("../../../../fuzz/seeds/directory_csv/own.csv");
const PLACES: &[u8] = include_bytes!("../../../../fuzz/seeds/places_csv/own.csv");

/// A text as a postcode, an outcode and a number.
pub(crate) fn postcode_text(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(postcode) = Postcode::parse(text) {
        assert_eq!(Postcode::parse(&postcode.to_string()), Ok(postcode));
        assert_eq!(Postcode::parse(&postcode.compact()), Ok(postcode));
        let halves = (postcode.outcode_number(), postcode.inward_number());
        assert_eq!(Postcode::from_numbers(halves.0, halves.1), Some(postcode));
    }
    if let Some(outcode) = outcode_number(text) {
        assert_eq!(outcode_number(&outcode_text(outcode)), Some(outcode));
    }
    assert!(real(text).is_none_or(f64::is_finite));
    // With an exponent, or with hundreds of digits, it may be past all numbers.
    let is_plain = text.len() < 300 && !text.contains(['e', 'E']);
    assert!(!is_plain || whole(text).is_none() || real(text).is_some());
}

/// A path with its query.
pub(crate) fn request_line(bytes: &[u8]) {
    let Ok(uri) = Uri::try_from(bytes) else { return };
    if uri.path().starts_with('/') {
        answer(TestRequest::get().uri(&uri.to_string()));
    }
}

/// A body, sent as JSON, as a form and as CSV to whatever takes it.
pub(crate) fn request_body(bytes: &[u8]) {
    const TAKERS: [(&str, &str); 9] = [
        ("/postcodes", "application/json"),
        ("/postcodes?positions=keep&filter=postcode,codes", "application/json"),
        ("/postcodes", "application/x-www-form-urlencoded"),
        ("/bulk/lookup", "application/json"),
        ("/bulk/reverse", "application/json"),
        ("/bulk/lookup", "text/csv"),
        ("/text", "application/json"),
        ("/eligibility", "application/json"),
        ("/within", "application/json"),
    ];
    for (path, kind) in TAKERS {
        let request = TestRequest::post().uri(path).insert_header((CONTENT_TYPE, kind));
        answer(request.set_payload(bytes.to_vec()));
    }
}

/// A CSV as each of the directories that are read.
pub(crate) fn directory_csv(bytes: &[u8]) {
    let folder = TempDir::new().unwrap();
    let csv = folder.path().join("any.csv");
    std::fs::write(&csv, bytes).unwrap();
    let out = folder.path().join("out.bin");
    for base in [Base::Onspd(csv.clone()), Base::CodePoint(csv.clone())] {
        let request = Request { dry_run: true, ..Request::new(base, &out) };
        drop(import::run(&request, &mut |_| {}));
    }
}

/// A CSV as a tile of Open Names.
pub(crate) fn places_csv(bytes: &[u8]) {
    let folder = TempDir::new().unwrap();
    let (csv, out) = (folder.path().join("any.csv"), folder.path().join("out.bin"));
    std::fs::write(&csv, bytes).unwrap();
    drop(open_names::import(&csv, &out, &mut |_| {}));
}

/// GeoJSON as the outlines of constituencies.
pub(crate) fn outlines_geojson(bytes: &[u8]) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("any.geojson");
    std::fs::write(&file, bytes).unwrap();
    if let Ok(areas) = layers::load(&file) {
        for (longitude, latitude) in [(-1.2165, 51.752), (0.0, 0.0), (180.0, -90.0)] {
            let at = Position { longitude, latitude };
            let _ = areas.locate(at);
        }
    }
}

type Answer = Box<dyn Fn(TestRequest)>;

thread_local! {
    // Never dropped: its runtime wants other variables of the thread, which may be gone before it.
    static ANSWER: ManuallyDrop<LazyCell<Answer>> =
        ManuallyDrop::new(LazyCell::new(|| server(files())));
}

/// Lets the service answer a request, which may be refused but must not break it.
fn answer(request: TestRequest) {
    ANSWER.with(|answer| answer(request));
}

/// The data, of rows of our own.
fn files() -> web::Data<App> {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("own.csv"), DIRECTORY).unwrap();
    let base = Base::Onspd(at("own.csv"));
    import::run(&Request::new(base, &at("postcodes.bin")), &mut |_| {}).unwrap();
    std::fs::write(at("own.csv"), PLACES).unwrap();
    open_names::import(&at("own.csv"), &at("places.bin"), &mut |_| {}).unwrap();
    let config = Config {
        file: Some(at("postcodes.bin")),
        areas: None,
        places: Some(at("places.bin")),
        northern_ireland: NorthernIreland::Include,
    };
    web::Data::new(App::load(&config, &Clock::default()).unwrap())
}

/// The routes in this process, without a socket, and without tokens also those that want one.
fn server(data: web::Data<App>) -> Answer {
    let nobody = Verifier::new("postcodes", r#"{"keys":[]}"#, String::new(), Clock::default());
    let nobody = nobody.unwrap();
    let app = Web::new()
        .app_data(data)
        .route("/bulk/{operation}", web::post().to(bulk::http::look_up))
        .route("/text", web::post().to(text_extraction::http::find))
        .route("/hash/{prefix}", web::get().to(hash_prefix::http::get))
        .route("/distance", web::get().to(distance::http::get))
        .route("/areas", web::get().to(areas::http::list::list))
        .route("/areas.geojson", web::get().to(areas::http::outline::collection))
        .route("/areas/{gss_code}", web::get().to(areas::http::list::get))
        .route("/areas/{gss_code}/geojson", web::get().to(areas::http::outline::get))
        .route("/areas/{gss_code}/postcodes", web::get().to(areas::http::list::postcodes))
        .route("/point/areas", web::get().to(areas::http::place::of_point))
        .route("/tiles/{kind}/{z}/{x}/{y}.mvt", web::get().to(tiles::http::get))
        .route("/eligibility", web::post().to(eligibility::http::check))
        .route("/within", web::post().to(areas::http::within::within))
        .configure(|config| {
            kit::http::server::configure(config, "postcodes", &Postcodes::routes(), &nobody);
        });
    let system = System::new();
    let service = system.block_on(test::init_service(app));
    Box::new(move |request| {
        system.block_on(async {
            let answer = test::call_service(&service, request.to_request()).await;
            let (status, kind) = (answer.status(), answer.headers().get(CONTENT_TYPE).cloned());
            let body = test::read_body(answer).await;
            assert!(!status.is_server_error(), "{status} {body:?}");
            let kind = kind.as_ref().and_then(|kind| kind.to_str().ok()).unwrap_or_default();
            if kind.contains("json") {
                serde_json::from_slice::<serde::de::IgnoredAny>(&body).unwrap();
            }
        });
    })
}
