//! The events of a campaign.

use contracts::campaigns::{ActionKind, CampaignClosed, CampaignPublished};

use super::domain::{Campaign, Kind};

pub(crate) fn kind(kind: Kind) -> ActionKind {
    match kind {
        Kind::MessageToRepresentative => ActionKind::MessageToRepresentative,
        Kind::Petition => ActionKind::Petition,
    }
}

pub(super) fn published(campaign: &Campaign) -> CampaignPublished {
    CampaignPublished { campaign_id: campaign.id, kind: kind(campaign.kind) }
}

pub(super) fn closed(campaign: &Campaign) -> CampaignClosed {
    CampaignClosed { campaign_id: campaign.id }
}
