//! The decision: what the rules found, put together into one answer with its reason.

use serde::Serialize;

/// What one rule says of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    pub matched: Match,
    /// How sure that is, when it is sure at all.
    pub confidence: Confidence,
}

/// Whether a place is in what a rule names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    Yes,
    No,
    /// Some addresses are and some are not, or may not be: an address must decide.
    Split,
    /// There is nothing to tell by, such as a position.
    Unknown,
}

/// How sure an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Rough outlines or positions; nothing to rely on.
    Low,
    /// Good outlines and positions, without a word of the directory's own.
    Medium,
    /// The directory or a list says so, or every border is out of reach.
    High,
}

/// The answer for a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Inside,
    Outside,
    Split,
    Unknown,
}

/// Why an answer is as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A rule of `include` holds it, and none of `exclude`.
    Included,
    /// A rule of `exclude` holds it.
    Excluded,
    /// No rule of `include` holds it.
    NotIncluded,
    /// A border runs within reach of its addresses, or directory and outline disagree.
    Border,
    /// A rule cannot tell, such as without a position.
    NothingToTellBy,
    /// Its text does not have the form of a postcode.
    MalformedPostcode,
    /// The directory does not have it.
    UnknownPostcode,
    /// It is out of use, and the policy says what that means.
    TerminatedPostcode,
    /// It has no position, and the policy says what that means.
    NoPosition,
}

/// Which of the two lists a rule is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum List {
    Include,
    Exclude,
}

/// An answer, and the rule that decided, by its place in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub outcome: Outcome,
    pub reason: Reason,
    pub confidence: Confidence,
    pub rule: Option<(List, usize)>,
}

/// What is done with a place of some kind instead of working it out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// Work it out as for any other.
    #[default]
    Decide,
    Outside,
    Unknown,
}

impl Policy {
    /// The answer that it fixes, if it fixes one.
    pub fn verdict(self, reason: Reason) -> Option<Verdict> {
        let outcome = match self {
            Self::Decide => return None,
            Self::Outside => Outcome::Outside,
            Self::Unknown => Outcome::Unknown,
        };
        Some(Verdict { outcome, reason, confidence: Confidence::High, rule: None })
    }
}

/// Puts together what the rules found. An exclusion that surely holds ends it; a place that is surely in no inclusion is
/// outside whatever the exclusions say; what is not sure on either side is not sure at all.
pub fn decide(include: &[Finding], exclude: &[Finding]) -> Verdict {
    let (included, excluded) = (strongest(include), strongest(exclude));
    let rule = |list, (place, _): (usize, Finding)| Some((list, place));
    let weak =
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
        return weak(Outcome::Unknown, Reason::NothingToTellBy, rule(List::Include, found));
    }
    if let Some(found) = excluded.filter(|_| is(excluded, Match::Unknown)) {
        return weak(Outcome::Unknown, Reason::NothingToTellBy, rule(List::Exclude, found));
    }
    if let Some(found) = excluded.filter(|_| is(excluded, Match::Split)) {
        return weak(Outcome::Split, Reason::Border, rule(List::Exclude, found));
    }
    if found.1.matched == Match::Split {
        return weak(Outcome::Split, Reason::Border, rule(List::Include, found));
    }
    Verdict {
        outcome: Outcome::Inside,
        reason: Reason::Included,
        confidence: found.1.confidence.min(least(exclude)),
        rule: rule(List::Include, found),
    }
}

/// The finding that counts most, and its place: the surest match, else a split, else what cannot be told, else a miss.
fn strongest(findings: &[Finding]) -> Option<(usize, Finding)> {
    let weight = |finding: &Finding| match finding.matched {
        Match::Yes => (3, finding.confidence),
        // What cannot be told hides a match, a split at most a doubt; but a split is known to touch the area.
        Match::Split => (2, finding.confidence),
        Match::Unknown => (1, finding.confidence),
        Match::No => (0, finding.confidence),
    };
    let numbered = findings.iter().copied().enumerate();
    // Of equals the first.
    numbered.rev().max_by_key(|(_, finding)| weight(finding))
}

/// The confidence of the weakest.
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
    fn rules_are_put_together_as_the_table_says() {
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
    fn the_rule_that_decided_is_the_surest_and_then_the_first() {
        let weak = Finding { matched: Match::Yes, confidence: Confidence::Low };
        let sure = found(Match::Yes);
        assert_eq!(decide(&[weak, sure, sure], &[]).rule, Some((List::Include, 1)));
        assert_eq!(decide(&[sure], &[found(Match::No), sure]).rule, Some((List::Exclude, 1)));
        assert_eq!(decide(&[found(Match::No)], &[]).rule, None);
    }

    #[test]
    fn an_answer_is_no_surer_than_what_it_rests_on() {
        let low = |matched| Finding { matched, confidence: Confidence::Low };
        assert_eq!(decide(&[found(Match::Yes)], &[low(Match::No)]).confidence, Confidence::Low);
        assert_eq!(decide(&[low(Match::No), found(Match::No)], &[]).confidence, Confidence::Low);
        assert_eq!(decide(&[found(Match::Yes)], &[]).confidence, Confidence::High);
    }

    #[test]
    fn a_policy_decides_only_when_it_is_told_to() {
        assert_eq!(Policy::Decide.verdict(Reason::NoPosition), None);
        let outside = Policy::Outside.verdict(Reason::TerminatedPostcode).unwrap();
        assert_eq!((outside.outcome, outside.rule), (Outcome::Outside, None));
    }
}
