//! Makes a CSV of the size of a whole ONS Postcode Directory and imports it; prints time and peak memory:
//! `cargo run --release -p postcodes --example full_size -- FOLDER`
//!
//! Rows are real-shaped: the columns that nothing here needs come from the real extract where `FOLKMOOT_TEST_DATA` has
//! it, and as many postcodes as in reality share an output area, a ward, a constituency.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, ensure};
use postcodes::import::{self, Base, Request};

/// The 124 postcode areas.
const AREAS: &str = "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH \
    EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG \
    NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB \
    W WA WC WD WF WN WR WS WV YO ZE";
const DISTRICTS: u32 = 25;
const SECTORS: u32 = 4;
const UNITS: u32 = 220;
/// Postcodes of a district.
const IN_DISTRICT: u64 = 880;
/// Letters that inward codes are made of.
const LETTERS: &[u8; 20] = b"ABDEFGHJLNPQRSTUWXYZ";
/// Postcodes that share an output area of 2021.
const IN_OUTPUT_AREA: u64 = 11;
/// Postcodes that share a code, and what the code begins with, by column of the newest headings.
const SHARED: [(&str, u64, &str); 14] = [
    ("oa21cd", IN_OUTPUT_AREA, "E00"),
    ("oa11cd", 12, "E00"),
    ("wz11cd", 50, "E33"),
    ("lsoa21cd", 62, "E01"),
    ("lsoa11cd", 64, "E01"),
    ("imd20ind", 64, ""),
    ("msoa21cd", 317, "E02"),
    ("msoa11cd", 321, "E02"),
    ("wd25cd", 340, "E05"),
    ("parncp25cd", 235, "E04"),
    ("ced25cd", 1966, "E58"),
    ("pcon24cd", 4185, "E14"),
    ("lad25cd", 7494, "E07"),
    ("cty25cd", 60000, "E10"),
];
const HEADINGS: &str = "pcd7,pcd8,pcds,dointr,doterm,cty25cd,ced25cd,lad25cd,wd25cd,parncp25cd,usrtypind,east1m,north1m,\
    gridind,hlth19cd,nhser24cd,ctry25cd,rgn25cd,ssr95cd,pcon24cd,eer20cd,educ23cd,ttwa15cd,pco19cd,itl25cd,wdstl05cd,\
    oa01cd,wdcas03cd,npark16cd,lsoa01cd,msoa01cd,ruc01ind,oac01ind,oa11cd,lsoa11cd,msoa11cd,wz11cd,sicbl24cd,bua24cd,\
    ruc11ind,oac11ind,lat,long,lep21cd1,lep21cd2,pfa23cd,imd20ind,cal24cd,icb23cd,oa21cd,lsoa21cd,msoa21cd,ruc21ind";
/// A row for where the real ones are not.
const INVENTED: &str = "OX4 1AA,OX4  1AA,OX4 1AA,198001,,E10000025,E58001734,E07000178,E05013113,E04008101,0,453540,\
    0205000,1,E18000009,E40000005,E92000001,E12000008,8,E14001419,E15000008,E24000013,E30000245,E16000105,E07000178,\
    38UCGN,E00145801,38UCGN,E65000001,E01028535,E02005947,5,2A1,E00145801,E01028535,E02005947,E33032929,E38000136,\
    E63010538,C1,2A1,51.752000,-1.216500,E37000025,,E23000029,21000,E56000002,E54000044,E00145801,E01028535,E02005947,UN1";

#[expect(clippy::print_stdout, reason = "the result of the measurement")]
fn main() -> anyhow::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).context("name a folder with 2 GB of room")?);
    std::fs::create_dir_all(&folder)?;
    let csv = folder.join("onspd_full_size.csv");
    if !csv.exists() {
        make(&csv)?;
    }
    let bytes = std::fs::metadata(&csv)?.len();
    let start = Instant::now();
    let request = Request::new(Base::Onspd(csv), &folder.join("postcodes.bin"));
    let report = import::run(&request, &mut |_| {})?;
    println!(
        "{} MB of CSV, {} postcodes: imported in {:.1} s, peak memory {} MB, file {} MB",
        bytes / 1_000_000,
        report.about.postcodes,
        start.elapsed().as_secs_f64(),
        peak_kb()? / 1000,
        std::fs::metadata(request.out)?.len() / 1_000_000,
    );
    Ok(())
}

/// Peak of resident memory, kilobytes.
fn peak_kb() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next()).context("no VmHWM")?;
    Ok(number.parse()?)
}

fn make(path: &Path) -> anyhow::Result<()> {
    let headings: Vec<&str> = HEADINGS.split(',').collect();
    let column = |name: &str| {
        headings.iter().position(|heading| *heading == name).with_context(|| format!("no {name}"))
    };
    let shared = SHARED
        .iter()
        .map(|(name, postcodes, prefix)| Ok((column(name)?, *postcodes, *prefix)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let (east, north, user) = (column("east1m")?, column("north1m")?, column("usrtypind")?);
    let (longitude, latitude) = (column("long")?, column("lat")?);
    let templates = templates(&headings)?;
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    writeln!(file, "{HEADINGS}")?;
    for (number, postcode) in (0_u64..).zip(postcodes()) {
        // What follows from where a postcode lies is one for a whole output area, its dates are its own.
        let mut cells = template(&templates, number / IN_OUTPUT_AREA)?.clone();
        for (cell, own) in cells.iter_mut().zip(template(&templates, number)?).skip(3).take(2) {
            cell.clone_from(own);
        }
        for cell in cells.iter_mut().take(3) {
            cell.clone_from(&postcode);
        }
        for (column, postcodes, prefix) in &shared {
            let code = number / postcodes + 1;
            let text =
                if prefix.is_empty() { code.to_string() } else { format!("{prefix}{code:06}") };
            set(&mut cells, *column, text);
        }
        set(&mut cells, east, (300_000 + number % 300_000).to_string());
        set(&mut cells, north, format!("{:07}", 150_000 + number / 10));
        let [east, north] = position(number);
        set(&mut cells, longitude, format!("{east:.6}"));
        set(&mut cells, latitude, format!("{north:.6}"));
        set(&mut cells, user, u8::from(number.is_multiple_of(17)).to_string());
        writeln!(file, "\"{}\"", cells.join("\",\""))?;
    }
    file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    Ok(())
}

/// Longitude and latitude: districts beside each other over the country, the postcodes of each within two kilometres.
fn position(number: u64) -> [f64; 2] {
    let [district, postcode] = [number / IN_DISTRICT, number % IN_DISTRICT]
        .map(|part| f64::from(u32::try_from(part).unwrap_or_default()));
    let spread = |part: f64| (part * 0.618_034).fract() * 0.02;
    [
        -5.0 + (district % 60.0) * 0.1 + spread(postcode),
        50.2 + (district / 60.0).floor() * 0.15 + spread(postcode * 0.37),
    ]
}

/// A row by its number, scattered by a prime so that neighbours do not come from neighbours.
fn template(templates: &[Vec<String>], number: u64) -> anyhow::Result<&Vec<String>> {
    let at = usize::try_from(number * 7919)?.checked_rem(templates.len());
    at.and_then(|at| templates.get(at)).context("no template")
}

fn set(cells: &mut [String], column: usize, text: String) {
    if let Some(cell) = cells.get_mut(column) {
        *cell = text;
    }
}

/// Rows to take the other columns from.
fn templates(headings: &[&str]) -> anyhow::Result<Vec<Vec<String>>> {
    let fit = |cells: Vec<String>| (cells.len() == headings.len()).then_some(cells);
    let Some(data) = std::env::var_os("FOLKMOOT_TEST_DATA") else {
        return Ok(fit(INVENTED.split(',').map(str::to_owned).collect()).into_iter().collect());
    };
    // The extract has the headings of three months earlier: the same columns but for the last.
    let mut reader = csv::Reader::from_path(Path::new(&data).join("onspd/ab_2025-09.csv"))?;
    let mut rows = Vec::new();
    for row in reader.records() {
        let mut cells: Vec<String> = row?.iter().map(str::to_owned).collect();
        cells.resize(headings.len(), "UN1".to_owned());
        rows.extend(fit(cells));
    }
    ensure!(!rows.is_empty(), "the extract is empty");
    Ok(rows)
}

fn postcodes() -> impl Iterator<Item = String> {
    let letter = |number: u32| {
        let place = usize::try_from(number % 20).unwrap_or_default();
        char::from(LETTERS.get(place).copied().unwrap_or(b'A'))
    };
    AREAS.split_whitespace().flat_map(move |area| {
        (1..=DISTRICTS).flat_map(move |district| {
            (1..=SECTORS).flat_map(move |sector| {
                (0..UNITS).map(move |unit| {
                    format!("{area}{district} {sector}{}{}", letter(unit / 20), letter(unit))
                })
            })
        })
    })
}
