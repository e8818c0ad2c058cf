//! Confirmation links: a tenant and 128 random bits, stored only as a hash.

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::id::Ids;
use uuid::Uuid;

/// Characters of a link: 32 bytes in base64.
const LENGTH: usize = 43;

pub(super) fn new(tenant_id: Uuid, ids: Ids) -> String {
    let mut bytes = [0; 32];
    let (tenant, secret) = bytes.split_at_mut(16);
    tenant.copy_from_slice(tenant_id.as_bytes());
    secret.copy_from_slice(&ids.bytes::<16>());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The hash that the table has; none if the text cannot be a link.
pub(crate) fn hash(link: &str) -> Option<Vec<u8>> {
    (link.len() == LENGTH)
        .then(|| digest::digest(&digest::SHA256, link.as_bytes()).as_ref().to_vec())
}
