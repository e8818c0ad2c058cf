//! docs/webhooks.md says what the code does: event types and the schedule of retries.

use chrono::{DateTime, TimeDelta};
use webhooks::{
    deliveries::domain::{Failure, Next, Outcome, after},
    endpoints::domain::EventType,
};

const GUIDE: &str = include_str!("../../../../docs/webhooks.md");

#[test]
fn the_guide_lists_every_event_type() {
    for kind in EventType::ALL {
        assert!(GUIDE.contains(&format!("\n| `{}` | ", kind.name())), "{kind:?}");
    }
    let listed =
        GUIDE.lines().filter(|line| line.starts_with("| `") && !line.contains("`type`")).count();
    assert_eq!(listed, EventType::ALL.len(), "and no other");
}

#[test]
fn the_guide_has_the_schedule_of_retries() {
    let now = DateTime::UNIX_EPOCH;
    let mut table = vec!["| 1 | at once |".to_owned()];
    for tries in 1.. {
        let Next::RetryAt(at) = after(Outcome::Failed(Failure::TimedOut), tries, now, 0) else {
            break;
        };
        table.push(format!("| {} | {} |", tries + 1, text(at - now)));
    }
    let table = table.join("\n");
    assert!(GUIDE.contains(&format!("\n|---|---|\n{table}\n\nEach wait")), "{table}");
}

fn text(wait: TimeDelta) -> String {
    match wait.num_seconds() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}
