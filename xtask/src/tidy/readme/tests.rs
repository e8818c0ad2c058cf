//! A README that agrees with a small service, and one with every kind of mistake.

use super::check;
use crate::tidy::tree::Tree;

const README: &str = "# Campaigns\n\n## Purpose\nSigning.\n\n## Routes\n| method | path | scope | does |\n|---|---|---|---|\n| GET | `/v1/a` | a:read | lists |\n\n## Events in\n- `messaging.delivery.recorded.v1` from topic `messaging.deliveries.v1`\n\n## Events out\n| event | when |\n|---|---|\n| `campaigns.action.confirmed.v1` | confirmed |\n\n## Tables\n| table | holds |\n|---|---|\n| `actions` | actions |\n\n## Settings\n| name | default |\n|---|---|\n| `FOLKMOOT_CAMPAIGNS_PORT` | 8102 |\n\n## Failure modes\nNone.\n";

const CONTRACTS: &str = "impl Event for ActionConfirmed {\n const TYPE: &'static str = \"campaigns.action.confirmed.v1\";\n}\n";
const MESSAGING: &str = "impl Event for DeliveryRecorded {\n const TYPE: &'static str = \"messaging.delivery.recorded.v1\";\n}\n";

fn found(readme: &str) -> Vec<String> {
    let tree = Tree::of(&[
        ("libs/contracts/src/campaigns.rs", CONTRACTS),
        ("libs/contracts/src/messaging.rs", MESSAGING),
        ("services/campaigns/Cargo.toml", ""),
        ("services/campaigns/README.md", readme),
        ("services/campaigns/migrations/0001_init/up.sql", "CREATE TABLE actions (id UUID);"),
        (
            "services/campaigns/src/config.rs",
            "//! Not FOLKMOOT_X.\nfn f() { get(\"FOLKMOOT_CAMPAIGNS_PORT\") }",
        ),
        ("services/campaigns/src/consumers.rs", "use contracts::messaging::DeliveryRecorded;"),
        ("services/campaigns/src/actions/events.rs", "use contracts::campaigns::ActionConfirmed;"),
        (
            "services/campaigns/src/routes.rs",
            "fn r() { r.get(\"/v1/a\", \"a:read\", a::http::list) }",
        ),
    ]);
    check(&tree).iter().map(ToString::to_string).collect()
}

#[test]
fn a_readme_that_equals_the_code_passes() {
    assert_eq!(found(README), [""; 0]);
}

#[test]
fn every_mistake_is_found() {
    let mistakes = [
        ("## Purpose\nSigning.", "## Purpose\n", "fill the section `## Purpose`"),
        ("/v1/a", "/v1/b", "route `GET /v1/a`"),
        ("| GET |", "| POST |", "no route `POST /v1/a`"),
        ("a:read", "a:write", "needs `\"a:read\"` in the code, not `a:write`"),
        (
            "messaging.delivery.recorded.v1",
            "messaging.delivery.lost.v1",
            "no event `messaging.delivery.lost.v1`",
        ),
        (
            "| `campaigns.action.confirmed.v1` | confirmed |",
            "",
            "event `campaigns.action.confirmed.v1`",
        ),
        ("| `actions` |", "| `people` |", "no table `people`"),
    ];
    for (old, new, says) in mistakes {
        let all = found(&README.replace(old, new));
        assert!(all.iter().any(|finding| finding.contains(says)), "{old} → {new}: {all:?}");
    }
}

#[test]
fn a_service_that_has_begun_needs_a_readme_and_a_skeleton_does_not() {
    let begun = [("services/x/Cargo.toml", ""), ("services/x/src/config.rs", "")];
    assert_eq!(check(&Tree::of(&begun)).len(), 1);
    let skeleton = [("services/x/Cargo.toml", ""), ("services/x/src/lib.rs", "")];
    assert!(check(&Tree::of(&skeleton)).is_empty());
}

#[test]
fn a_service_says_that_it_has_no_events_exactly_when_it_has_none() {
    const NONE: &str = "fn migrations() {}\nconst USES_EVENTS: bool = false;";
    let found = |lib: &str, consumers: &str| {
        let tree = Tree::of(&[
            ("libs/contracts/src/messaging.rs", MESSAGING),
            ("services/x/Cargo.toml", ""),
            ("services/x/README.md", ""),
            ("services/x/src/lib.rs", lib),
            ("services/x/src/consumers.rs", consumers),
        ]);
        let all = check(&tree).iter().map(ToString::to_string).collect::<Vec<_>>();
        all.into_iter().any(|finding| finding.contains("USES_EVENTS"))
    };
    let consumes = "use contracts::messaging::DeliveryRecorded;";
    assert!(!found(NONE, "") && !found("fn migrations() {}", consumes) && !found("", ""));
    assert!(found("fn migrations() {}", "") && found(NONE, consumes));
}
