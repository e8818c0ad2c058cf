//! Prints what an import did.

use postcodes::dataset::format::About;
use postcodes::import::{Report, diff::Change, diff::Diff, generations::Generation};

use super::super::print;

/// A whole import.
pub(crate) fn import(report: &Report, dry_run: bool) {
    in_place(&report.about);
    if report.skipped > 0 {
        print(&format!("left out, since they are not postcodes: {} rows", report.skipped));
    }
    if report.repeated > 0 {
        print(&format!(
            "left out, since a live or later row has the same postcode: {} rows",
            report.repeated
        ));
    }
    if !report.unread.is_empty() {
        print(&format!("unread columns: {}", report.unread.join(", ")));
    }
    if !report.missing.is_empty() {
        print(&format!("missing columns: {}", report.missing.join(", ")));
    }
    for (kind, count, first) in &report.unnamed {
        print(&format!("{kind:?}: {count} codes without a name, such as {first}"));
    }
    for (what, met, unknown) in &report.overlaid {
        print(&format!("{what}: added to {met} postcodes; {unknown} others are not in the base"));
    }
    match &report.diff {
        None => print("there was no earlier file to compare with"),
        Some(diff) if diff.is_empty() => print("nothing differs from the earlier file"),
        Some(diff) => changes(diff),
    }
    if dry_run {
        print("dry run: nothing was written");
    }
}

/// The data set that is in use now, or would be.
pub(crate) fn in_place(about: &About) {
    print(&format!(
        "{} {}: {} postcodes, {} with a position",
        about.name, about.version, about.postcodes, about.located
    ));
}

/// The current file and the earlier ones.
pub(crate) fn generations(generations: &[Generation]) {
    if generations.is_empty() {
        print("there is no file");
    }
    for Generation { number, path, bytes, about, .. } in generations {
        let mark = if *number == 0 { "current" } else { "earlier" };
        let what = match about {
            Ok(about) => format!("{} {}, {} postcodes", about.name, about.version, about.postcodes),
            Err(reason) => reason.clone(),
        };
        print(&format!("{number} {mark} {} ({bytes} bytes): {what}", path.display()));
    }
}

fn changes(diff: &Diff) {
    let Diff { added, gone, terminated, revived, moved, codes } = diff;
    let named = [
        ("added", added),
        ("gone", gone),
        ("terminated", terminated),
        ("revived", revived),
        ("moved more than 100 m", moved),
    ];
    for (name, found) in named {
        change(name, found);
    }
    for (kind, found) in codes {
        change(&format!("{kind:?} changed"), found);
    }
}

fn change(name: &str, change: &Change) {
    if change.count > 0 {
        print(&format!("{name}: {} ({}…)", change.count, change.examples.join(", ")));
    }
}
