//! The postcodes service as a server on loopback, which can be taken down.

use std::{
    collections::HashMap,
    net::TcpListener,
    sync::{Arc, Mutex},
};

use actix_web::{HttpRequest, HttpResponse, HttpServer, web};
use contracts::postcodes::{
    AreaName, Constituency, ConstituencyCheck, EligibilityCheck, EligibilityResponse, InvalidField,
    Place, RefusedCode,
};
use serde_json::{Value, json};

use crate::support::OXFORD;

/// The postcodes service as a server on loopback.
pub(crate) struct Postcodes {
    pub(crate) url: String,
    known: Arc<Mutex<Known>>,
    handle: actix_web::dev::ServerHandle,
}

#[derive(Default)]
struct Known {
    places: HashMap<String, Place>,
    down: bool,
}

impl Postcodes {
    pub(crate) fn start() -> Self {
        let known = Arc::new(Mutex::new(Known::default()));
        let data = web::Data::new(known.clone());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = HttpServer::new(move || {
            actix_web::App::new()
                .app_data(data.clone())
                .route("/internal/v1/postcodes/{postcode}/place", web::get().to(place))
                .route("/internal/v1/constituencies/check", web::post().to(constituencies))
                .route("/internal/v1/eligibility", web::post().to(eligibility))
        })
        .keep_alive(kit::http::keep_alive::SERVER_IDLE)
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
        let handle = server.handle();
        kit::tasks::spawn("postcodes", async move {
            let _ = server.await;
        });
        let postcodes = Self { url, known, handle };
        postcodes.knows("OX1 1AA", Some((OXFORD, "Oxford East")));
        postcodes.knows("OX9 9ZZ", Some(("E14009999", "Nowhere North")));
        postcodes.knows("GY1 1AA", None);
        postcodes
    }

    pub(crate) fn knows(&self, postcode: &str, constituency: Option<(&str, &str)>) {
        let constituency = constituency.map(|(gss_code, name)| Constituency {
            gss_code: gss_code.into(),
            name: name.into(),
            generation: "2024".into(),
            method: "column".into(),
        });
        let place = Place { postcode: postcode.into(), constituency, alternatives: Vec::new() };
        self.known.lock().unwrap().places.insert(postcode.replace(' ', ""), place);
    }

    pub(crate) fn down(&self, down: bool) {
        self.known.lock().unwrap().down = down;
    }
}

impl Drop for Postcodes {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

async fn place(
    known: web::Data<Arc<Mutex<Known>>>,
    postcode: web::Path<String>,
    req: HttpRequest,
) -> HttpResponse {
    let known = known.lock().unwrap();
    match known.places.get(postcode.as_str()) {
        _ if known.down => HttpResponse::ServiceUnavailable().finish(),
        Some(place) if req.query_string() == "alternatives=true" => {
            let (gss_code, name) = ("E14009999".to_owned(), Some("Nowhere North".to_owned()));
            let other = AreaName { kind: "constituency".to_owned(), gss_code, name };
            HttpResponse::Ok().json(Place { alternatives: vec![other], ..place.clone() })
        }
        Some(place) => HttpResponse::Ok().json(place),
        None => HttpResponse::NotFound().json(json!({ "code": "not_found" })),
    }
}

/// Refuses what is no constituency, and those before 2024.
async fn constituencies(
    known: web::Data<Arc<Mutex<Known>>>,
    check: web::Json<ConstituencyCheck>,
) -> HttpResponse {
    if known.lock().unwrap().down {
        return HttpResponse::ServiceUnavailable().finish();
    }
    let refused = check.gss_codes.iter().filter_map(|gss_code| {
        let (code, detail) = match gss_code.split_at(3) {
            ("E14", number) if number < "001063" => {
                ("another_generation", "is a constituency of 2010")
            }
            ("E14", _) => return None,
            _ => ("another_level", "is another kind of area"),
        };
        let (gss_code, code, detail) = (gss_code.clone(), code.to_owned(), detail.to_owned());
        Some(RefusedCode { gss_code, code, detail })
    });
    HttpResponse::Ok().json(refused.collect::<Vec<_>>())
}

/// Every place is inside, by the first rule, of a definition that has one.
async fn eligibility(check: web::Json<EligibilityCheck<Value, Value>>) -> HttpResponse {
    let rules = check.area["include"].as_array().map_or(0, Vec::len);
    if rules == 0 {
        let (pointer, code) = ("/area/include".to_owned(), "out_of_range".to_owned());
        let errors = vec![InvalidField { pointer, code, detail: "needs a rule".to_owned() }];
        return HttpResponse::Ok().json(EligibilityResponse::<Value> { errors, data: Vec::new() });
    }
    let rule = json!({ "list": "include", "index": 0, "id": null });
    let places = check.places.iter();
    let data = places.map(|place| {
        json!({
            "query": place, "result": "inside", "reason": "included", "confidence": "high",
            "rule": rule,
        })
    });
    HttpResponse::Ok().json(EligibilityResponse { errors: Vec::new(), data: data.collect() })
}
