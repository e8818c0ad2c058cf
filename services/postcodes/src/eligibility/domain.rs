//! The decision: combines the findings of the rules into one verdict with its reason.

use serde::Serialize;

/// The finding of one rule about a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) matched: Match,
    /// How certain the match is.
    pub(super) confidence: Confidence,
}

/// Whether a place matches a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    Yes,
    No,
    /// Some addresses may match and others not: an address must decide.
    Split,
    /// It cannot be decided, for example without a position.
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Confidence {
    /// Rough boundaries or positions; not reliable.
    Low,
    /// Good boundaries and positions, but not from the directory itself.
    Medium,
    /// From the directory or a list, or every border is out of reach.
    High,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Inside,
    Outside,
    Split,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    /// A rule of `include` matches, and none of `exclude`.
    Included,
    /// A rule of `exclude` matches.
    Excluded,
    /// No rule of `include` matches.
    NotIncluded,
    /// A border is within reach of its addresses, or the directory and the boundary disagree.
    Border,
    /// A rule cannot decide, for example without a position.
    NothingToTellBy,
    /// The text does not have the form of a postcode.
    MalformedPostcode,
    /// The postcode is not in the directory.
    UnknownPostcode,
    /// The postcode is terminated, and the policy says what that means.
    TerminatedPostcode,
    /// The postcode has no position, and the policy says what that means.
    NoPosition,
}

/// Which of the two lists a rule is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum List {
    Include,
    Exclude,
}

/// An outcome, and the rule that decided, by its position in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) outcome: Outcome,
    pub(super) reason: Reason,
    pub(super) confidence: Confidence,
    pub(super) rule: Option<(List, usize)>,
}

/// How to treat a kind of place instead of applying the rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Policy {
    /// Apply the rules as to any other.
    #[default]
    Decide,
    Outside,
    Unknown,
}

impl Policy {
    /// The fixed verdict, if there is one.
    pub(super) fn verdict(self, reason: Reason) -> Option<Verdict> {
        let outcome = match self {
            Self::Decide => return None,
            Self::Outside => Outcome::Outside,
            Self::Unknown => Outcome::Unknown,
        };
        Some(Verdict { outcome, reason, confidence: Confidence::High, rule: None })
    }
}

/// Combines the findings. An exclusion that certainly matches decides; a place that certainly matches no inclusion is
/// outside, whatever the exclusions say; otherwise an uncertainty on either side makes the outcome uncertain.
pub(super) fn decide(include: &[Finding], exclude: &[Finding]) -> Verdict {
    let (included, excluded) = (strongest(include), strongest(exclude));
    let rule = |list, (place, _): (usize, Finding)| Some((list, place));
    let uncertain =
        |outcome, reason, rule| Verdict { outcome, reason, confidence: Confidence::Low, rule };
    let is = |found: Option<(usize, Finding)>, wanted| {
        found.is_some_and(|(_, finding)| finding.matched == wanted)
    };
    if let Some(found) = excluded.filter(|(_, finding)| finding.matched == Match::Yes) {
        return Verdict {
            outcome: Outcome::Outside,
            reason: Reason::Excluded,
            confidence: found.1.confidence,
            rule: rule(List::Exclude, found),
        };
    }
    let Some(found) = included.filter(|(_, finding)| finding.matched != Match::No) else {
        return Verdict {
            outcome: Outcome::Outside,
            reason: Reason::NotIncluded,
            confidence: least(include),
            rule: None,
        };
    };
    if found.1.matched == Match::Unknown {
        return uncertain(Outcome::Unknown, Reason::NothingToTellBy, rule(List::Include, found));
    }
    if let Some(found) = excluded.filter(|_| is(excluded, Match::Unknown)) {
        return uncertain(Outcome::Unknown, Reason::NothingToTellBy, rule(List::Exclude, found));
    }
    if let Some(found) = excluded.filter(|_| is(excluded, Match::Split)) {
        return uncertain(Outcome::Split, Reason::Border, rule(List::Exclude, found));
    }
    if found.1.matched == Match::Split {
        return uncertain(Outcome::Split, Reason::Border, rule(List::Include, found));
    }
    Verdict {
        outcome: Outcome::Inside,
        reason: Reason::Included,
        confidence: found.1.confidence.min(least(exclude)),
        rule: rule(List::Include, found),
    }
}

/// The strongest finding, and its position: the most certain match, else a split, else an unknown, else a mismatch.
fn strongest(findings: &[Finding]) -> Option<(usize, Finding)> {
    let weight = |finding: &Finding| match finding.matched {
        Match::Yes => (3, finding.confidence),
        // A split is known to touch the area, an unknown is not.
        Match::Split => (2, finding.confidence),
        Match::Unknown => (1, finding.confidence),
        Match::No => (0, finding.confidence),
    };
    let numbered = findings.iter().copied().enumerate();
    // The first among equals.
    numbered.rev().max_by_key(|(_, finding)| weight(finding))
}

/// The lowest confidence.
fn least(findings: &[Finding]) -> Confidence {
    findings.iter().map(|finding| finding.confidence).min().unwrap_or(Confidence::High)
}

#[cfg(test)]
mod tests {
    use super::{Confidence, Finding, List, Match, Outcome, Policy, Reason, decide};

    fn found(matched: Match) -> Finding {
        Finding { matched, confidence: Confidence::High }
    }

    #[test]
    fn findings_are_combined_as_in_the_table() {
        use Match::{No, Split, Unknown, Yes};
        for (include, exclude, outcome, reason) in [
            (&[Yes][..], &[][..], Outcome::Inside, Reason::Included),
            (&[No, Yes], &[No], Outcome::Inside, Reason::Included),
            (&[No], &[], Outcome::Outside, Reason::NotIncluded),
            (&[], &[], Outcome::Outside, Reason::NotIncluded),
            (&[Yes], &[Yes], Outcome::Outside, Reason::Excluded),
            (&[Unknown], &[Yes], Outcome::Outside, Reason::Excluded),
            (&[No], &[Split], Outcome::Outside, Reason::NotIncluded),
            (&[No], &[Unknown], Outcome::Outside, Reason::NotIncluded),
            (&[Split], &[No], Outcome::Split, Reason::Border),
            (&[Yes], &[Split], Outcome::Split, Reason::Border),
            (&[Split], &[Split], Outcome::Split, Reason::Border),
            (&[Yes, Split], &[], Outcome::Inside, Reason::Included),
            (&[Unknown], &[], Outcome::Unknown, Reason::NothingToTellBy),
            (&[Unknown, Yes], &[], Outcome::Inside, Reason::Included),
            (&[Yes], &[Unknown], Outcome::Unknown, Reason::NothingToTellBy),
            (&[Split, Unknown], &[], Outcome::Split, Reason::Border),
            (&[Split], &[Unknown], Outcome::Unknown, Reason::NothingToTellBy),
        ] {
            let of = |list: &[Match]| list.iter().copied().map(found).collect::<Vec<_>>();
            let verdict = decide(&of(include), &of(exclude));
            assert_eq!(
                (verdict.outcome, verdict.reason),
                (outcome, reason),
                "{include:?} {exclude:?}"
            );
        }
    }

    #[test]
    fn the_deciding_rule_is_the_most_certain_and_then_the_first() {
        let weak = Finding { matched: Match::Yes, confidence: Confidence::Low };
        let sure = found(Match::Yes);
        assert_eq!(decide(&[weak, sure, sure], &[]).rule, Some((List::Include, 1)));
        assert_eq!(decide(&[sure], &[found(Match::No), sure]).rule, Some((List::Exclude, 1)));
        assert_eq!(decide(&[found(Match::No)], &[]).rule, None);
    }

    #[test]
    fn a_verdict_is_no_more_certain_than_its_findings() {
        let low = |matched| Finding { matched, confidence: Confidence::Low };
        assert_eq!(decide(&[found(Match::Yes)], &[low(Match::No)]).confidence, Confidence::Low);
        assert_eq!(decide(&[low(Match::No), found(Match::No)], &[]).confidence, Confidence::Low);
        assert_eq!(decide(&[found(Match::Yes)], &[]).confidence, Confidence::High);
    }

    #[test]
    fn the_default_policy_decides_nothing() {
        assert_eq!(Policy::Decide.verdict(Reason::NoPosition), None);
        let outside = Policy::Outside.verdict(Reason::TerminatedPostcode).unwrap();
        assert_eq!((outside.outcome, outside.rule), (Outcome::Outside, None));
    }
}
