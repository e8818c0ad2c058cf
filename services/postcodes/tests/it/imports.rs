//! Imports: each source on small files of our own, what they leave alone, and what they refuse.

mod generations;
mod sources;

use std::path::{Path, PathBuf};

use postcodes::dataset::image::Dataset;
use postcodes::import::{self, Base, Report, Request};
use tempfile::TempDir;

const HEADINGS: &str =
    "pcds,dointr,doterm,lad25cd,wd25cd,pcon24cd,imd20ind,east1m,north1m,gridind,lat,long";
/// Two live postcodes and a terminated one.
const ROWS: [&str; 3] = [
    "OX4 1AA,198001,,E07000178,E05013113,E14001419,21000,453540,0205000,1,51.752,-1.2165",
    "G13 3AE,197308,,S12000049,S13002979,S14000085,1,252241,668669,1,55.888427,-4.364124",
    "AL1 1AA,199002,199405,E07000240,E05004803,E14001476,0,514600,0206900,8,51.749084,-0.341337",
];

/// A folder with a directory of the rows.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("postcodes.bin")
    }

    /// Writes a file, and the folders above it.
    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    fn csv(&self, rows: &[&str]) -> PathBuf {
        self.file("onspd.csv", format!("{HEADINGS}\n{}\n", rows.join("\n")))
    }

    fn request(&self, base: Base) -> Request {
        Request::new(base, &self.out())
    }

    fn import(&self, rows: &[&str]) -> Report {
        run(&self.request(Base::Onspd(self.csv(rows))))
    }

    fn dataset(&self) -> Dataset {
        Dataset::load(&self.out()).unwrap()
    }
}

fn run(request: &Request) -> Report {
    import::run(request, &mut |_| {}).unwrap()
}

fn refusal(request: &Request) -> String {
    format!("{:#}", import::run(request, &mut |_| {}).unwrap_err())
}

fn files_of(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}
