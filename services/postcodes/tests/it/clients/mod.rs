//! Public clients of postcodes.io, unchanged, pointed at the service: every method of each, on invented postcodes.
//! `cargo xtask setup` installs them.

mod npm;
mod python;

use std::collections::BTreeSet;

use postcodes::Postcodes;
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::app::TestApp;
use tokio::process::Command;

use crate::{places, support};

/// Three in one outcode, one in another, one out of use and one without a position.
const DIRECTORY: &str = "\
pcds,dointr,doterm,lad25cd,ctry25cd,pcon24cd,east1m,north1m,gridind,lat,long
OX4 1AA,198001,,E07000178,E92000001,E14001419,454000,0205000,1,51.752000,-1.216500
OX4 1AB,198001,,E07000178,E92000001,E14001419,454035,0205022,1,51.752200,-1.216000
OX4 2ZZ,199001,,E07000178,E92000001,E14001419,455100,0203600,1,51.740000,-1.200000
OX1 1AA,198001,,E07000178,E92000001,E14001420,451300,0206000,1,51.752000,-1.257000
M1 1AA,198001,199606,E08000003,E92000001,E14001352,384700,0398100,1,53.480000,-2.230000
JE2 4WD,198001,,L99999999,L93000001,L99999999,,,9,99.999999,0.000000
";

/// A method of a client, what it is given, and what it must answer: at least these fields.
type Call = (&'static str, Value, Value);

/// What a script prints.
#[derive(Deserialize)]
struct Results {
    methods: BTreeSet<String>,
    answers: Vec<Value>,
}

/// The service with them, and two places.
pub(crate) struct Server {
    pub(crate) app: TestApp<Postcodes>,
    _folder: TempDir,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (csv, file) = (folder.path().join("own.csv"), folder.path().join("postcodes.bin"));
        std::fs::write(&csv, DIRECTORY).unwrap();
        support::import_onspd(&csv, None, &file);
        let places = places::own_file(&folder);
        let settings = [
            ("FOLKMOOT_POSTCODES_FILE", file.to_str().unwrap()),
            ("FOLKMOOT_POSTCODES_PLACES", places.to_str().unwrap()),
        ];
        Self { app: support::start_with(&settings).await, _folder: folder }
    }

    fn base(&self) -> String {
        format!("http://{}", self.app.running.addr)
    }

    async fn get(&self, path: &str) -> Value {
        self.app.caller(&[]).anonymous().get(path).await.json()
    }
}

/// Lets a client make the calls, which must be all that it can make, and checks its answers.
async fn check(mut client: Command, calls: &[Call]) {
    let asked: Vec<Value> = calls.iter().map(|(method, given, _)| json!([method, given])).collect();
    // The service is on loopback, whatever the machine's way to other places is.
    client.arg(json!(asked).to_string()).env("NO_PROXY", "*").env("no_proxy", "*");
    let output = client.output().await.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let results: Results = serde_json::from_slice(&output.stdout).unwrap();
    let called: BTreeSet<String> = calls.iter().map(|(method, ..)| (*method).to_owned()).collect();
    assert_eq!(called, results.methods, "every method is called");
    assert_eq!(results.answers.len(), calls.len());
    for ((method, given, expected), answer) in calls.iter().zip(&results.answers) {
        assert!(holds(answer, expected), "{method} {given}: {expected} is not in {answer}");
    }
}

/// Whether a value has at least the fields that are expected, and lists of just as many.
fn holds(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => expected
            .iter()
            .all(|(field, expected)| found.get(field).is_some_and(|found| holds(found, expected))),
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len()
                && found.iter().zip(expected).all(|(found, expected)| holds(found, expected))
        }
        _ => found == expected,
    }
}

/// Records of these postcodes.
fn records(postcodes: &[&str]) -> Value {
    postcodes.iter().map(|postcode| json!({"postcode": postcode})).collect()
}
