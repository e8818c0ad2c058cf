//! A record of Kafka as a `CloudEvent`.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};
use uuid::Uuid;

#[derive(Debug, Clone)]
pub(crate) struct Envelope {
    /// `ce_id`
    pub(crate) id: Uuid,
    /// `ce_type` without `org.folkmoot.`
    pub(crate) kind: String,
    /// `ce_tenantid`
    pub(crate) tenant_id: Uuid,
    /// `ce_time`
    pub(crate) time: DateTime<Utc>,
    /// The topic that it came from, with the installation's prefix; empty if it did not come from Kafka.
    pub(crate) topic: String,
    pub(crate) key: Vec<u8>,
    /// W3C trace context, in which it was written to the outbox.
    pub(crate) traceparent: Option<String>,
    /// The event as JSON.
    pub(crate) data: Vec<u8>,
}

impl Envelope {
    /// An event that did not come from Kafka.
    pub(crate) fn new(
        id: Uuid,
        tenant_id: Uuid,
        kind: &str,
        time: DateTime<Utc>,
        data: Vec<u8>,
    ) -> Self {
        let (topic, key, traceparent) = (String::new(), Vec::new(), None);
        Self { id, kind: kind.to_owned(), tenant_id, time, topic, key, traceparent, data }
    }

    /// Reads a record in the binary binding of `CloudEvents`.
    pub(crate) fn read(message: &BorrowedMessage<'_>) -> anyhow::Result<Self> {
        let text = |name, missing: &'static str| header(message, name).context(missing);
        let kind = text("ce_type", "no header ce_type")?;
        Ok(Self {
            id: text("ce_id", "no header ce_id")?.parse().context("ce_id")?,
            kind: kind.strip_prefix("org.folkmoot.").unwrap_or(&kind).to_owned(),
            tenant_id: text("ce_tenantid", "no header ce_tenantid")?
                .parse()
                .context("ce_tenantid")?,
            time: DateTime::parse_from_rfc3339(&text("ce_time", "no header ce_time")?)
                .context("ce_time")?
                .to_utc(),
            topic: message.topic().to_owned(),
            key: message.key().unwrap_or_default().to_vec(),
            traceparent: header(message, "traceparent"),
            data: message.payload().context("no data")?.to_vec(),
        })
    }
}

fn header(message: &BorrowedMessage<'_>, name: &str) -> Option<String> {
    let headers = message.headers()?;
    let header = headers.iter().find(|h| h.key == name)?;
    String::from_utf8(header.value?.to_vec()).ok()
}
