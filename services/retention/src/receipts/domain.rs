//! The content of a receipt.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::erasures::domain::{Acknowledgement, Erasure};

/// Backups are kept for at most this long (promise 004-52).
const BACKUPS: TimeDelta = TimeDelta::days(60);

/// The payload of a receipt. Its fields are in alphabetical order, which with serde's compact form is canonical JSON
/// (RFC 8785): all keys are ASCII, all numbers integers.
#[derive(Debug, Serialize)]
pub(crate) struct Receipt {
    announced_at: Option<String>,
    backups_gone_by: String,
    erasure_id: Uuid,
    keys_destroyed: i64,
    keys_destroyed_at: Option<String>,
    probed_at: Option<String>,
    recorded_at: String,
    services: Vec<ServiceLine>,
    subject_id: Option<Uuid>,
    tenant_id: Uuid,
}

#[derive(Debug, Serialize)]
struct ServiceLine {
    answered_at: String,
    remaining: i64,
    rows: i64,
    service: String,
}

impl Receipt {
    pub(crate) fn new(erasure: &Erasure, acknowledgements: &[Acknowledgement]) -> Self {
        let line = |acknowledgement: &Acknowledgement| ServiceLine {
            answered_at: text(acknowledgement.answered_at),
            remaining: acknowledgement.remaining,
            rows: acknowledgement.rows,
            service: acknowledgement.service.clone(),
        };
        Self {
            announced_at: erasure.announced_at.map(text),
            backups_gone_by: text(erasure.recorded_at + BACKUPS),
            erasure_id: erasure.id,
            keys_destroyed: erasure.keys,
            keys_destroyed_at: erasure.keys_destroyed_at.map(text),
            probed_at: erasure.probed_at.map(text),
            recorded_at: text(erasure.recorded_at),
            services: acknowledgements.iter().map(line).collect(),
            subject_id: erasure.subject_id,
            tenant_id: erasure.tenant_id,
        }
    }
}

fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}
