//! What messaging is told of a message.

use contracts::{Sealed, campaigns::MessageComposed};

use super::domain::{Context, Target};

/// The fields of the event that only a key opens.
pub(super) struct SealedMessage {
    pub(super) from_name: Sealed<String>,
    pub(super) reply_to: Sealed<String>,
    pub(super) subject_line: Sealed<String>,
    pub(super) body: Sealed<String>,
}

pub(super) fn composed(context: Context, target: Target, sealed: SealedMessage) -> MessageComposed {
    MessageComposed {
        message_id: context.message,
        action_id: context.action,
        campaign_id: context.campaign,
        subject_id: context.subject,
        target_id: target.id,
        target_name: target.name,
        target_email: target.email,
        from_name: sealed.from_name,
        reply_to: sealed.reply_to,
        subject_line: sealed.subject_line,
        body: sealed.body,
    }
}
