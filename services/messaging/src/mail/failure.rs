//! What a failed attempt to hand over an email means.

/// How far the SMTP session had come when something failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// There was no session yet: greeting, STARTTLS.
    Connect,
    /// AUTH, MAIL, and DATA before its text: the relay decides about us, whatever the email is. No server has the email.
    Relay,
    /// RCPT: no server has the email.
    Recipient,
    /// The text is being written: until its final dot is, no server has the email.
    Text,
    /// The final dot may have been written: without a reply the outcome is unknown.
    Dot,
}

/// Why an email was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The relay is unavailable, or the keyring; says nothing about this email.
    Unreachable,
    /// The relay takes no email from us at the moment: a wrong password, a suspended account, a quota, a sender that it does
    /// not allow. Says nothing about this email either.
    RelayRefused {
        /// SMTP reply code.
        code: u16,
    },
    /// The relay refused this email.
    Refused {
        /// SMTP reply code.
        code: u16,
        /// Whether trying again is pointless (5xx).
        permanent: bool,
    },
    /// The connection broke before the whole text was written: certainly not delivered.
    NotSent,
    /// The connection broke after the text was written and before the reply: the outcome is unknown.
    Lost,
}

impl Failure {
    /// Decides by the phase and the reply code, if there was a reply. A server that refuses, in whichever phase, has not
    /// accepted the email; 421 says that it is about to close (RFC 5321, section 3.8), in every phase.
    pub(super) fn new(phase: Phase, code: Option<u16>) -> Self {
        match (phase, code) {
            (Phase::Connect, _) => Self::Unreachable,
            (_, Some(code @ 421)) => Self::RelayRefused { code },
            (Phase::Relay, Some(code)) if code >= 400 => Self::RelayRefused { code },
            (_, Some(code)) if code >= 400 => Self::Refused { code, permanent: code >= 500 },
            (Phase::Relay | Phase::Recipient | Phase::Text, _) => Self::NotSent,
            (Phase::Dot, _) => Self::Lost,
        }
    }

    /// Whether it says nothing about the email: everything waits, and nothing is counted as an attempt.
    pub(crate) fn is_outage(self) -> bool {
        matches!(self, Self::Unreachable | Self::RelayRefused { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outcome_is_open_only_without_a_reply_to_the_text() {
        let refused = |code, permanent| Failure::Refused { code, permanent };
        let table = [
            (Phase::Connect, None, Failure::Unreachable),
            (Phase::Connect, Some(554), Failure::Unreachable),
            (Phase::Relay, None, Failure::NotSent),
            (Phase::Relay, Some(452), Failure::RelayRefused { code: 452 }),
            (Phase::Relay, Some(530), Failure::RelayRefused { code: 530 }),
            (Phase::Recipient, None, Failure::NotSent),
            (Phase::Recipient, Some(421), Failure::RelayRefused { code: 421 }),
            (Phase::Recipient, Some(450), refused(450, false)),
            (Phase::Recipient, Some(550), refused(550, true)),
            (Phase::Text, None, Failure::NotSent),
            (Phase::Dot, Some(421), Failure::RelayRefused { code: 421 }),
            (Phase::Dot, Some(451), refused(451, false)),
            (Phase::Dot, Some(554), refused(554, true)),
            (Phase::Dot, None, Failure::Lost),
        ];
        for (phase, code, failure) in table {
            assert_eq!(Failure::new(phase, code), failure, "{phase:?} {code:?}");
        }
    }
}
