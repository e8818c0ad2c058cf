//! What a failed attempt to hand over an email means.

/// How far the SMTP session had come when something failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// There was no session yet.
    Connect,
    /// The envelope, up to the reply to DATA: no server has the email.
    Envelope,
    /// The text is being sent: without a reply the outcome is unknown.
    Text,
}

/// Why an email was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The relay is unavailable, or the keyring; says nothing about this email.
    Unreachable,
    /// The relay refused it.
    Refused {
        /// SMTP reply code.
        code: u16,
        /// Whether trying again is pointless (5xx).
        permanent: bool,
    },
    /// The connection broke before the text was sent: certainly not delivered.
    NotSent,
    /// The connection broke after the text was sent and before the reply: the outcome is unknown.
    Lost,
}

impl Failure {
    /// Decides by the phase and the reply code, if there was a reply. A server that refuses, in whichever phase, has not
    /// accepted the email.
    pub(super) fn new(phase: Phase, code: Option<u16>) -> Self {
        match (phase, code) {
            (Phase::Connect, _) => Self::Unreachable,
            (_, Some(code)) if code >= 400 => Self::Refused { code, permanent: code >= 500 },
            (Phase::Envelope, _) => Self::NotSent,
            (Phase::Text, _) => Self::Lost,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outcome_is_open_only_without_a_reply_to_the_text() {
        let table = [
            (Phase::Connect, None, Failure::Unreachable),
            (Phase::Connect, Some(554), Failure::Unreachable),
            (Phase::Envelope, None, Failure::NotSent),
            (Phase::Envelope, Some(450), Failure::Refused { code: 450, permanent: false }),
            (Phase::Envelope, Some(550), Failure::Refused { code: 550, permanent: true }),
            (Phase::Text, Some(451), Failure::Refused { code: 451, permanent: false }),
            (Phase::Text, Some(554), Failure::Refused { code: 554, permanent: true }),
            (Phase::Text, None, Failure::Lost),
        ];
        for (phase, code, failure) in table {
            assert_eq!(Failure::new(phase, code), failure, "{phase:?} {code:?}");
        }
    }
}
