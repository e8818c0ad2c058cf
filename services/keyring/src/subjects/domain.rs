//! How an address is hidden: a blind index within a tenant, and a tag for one day across tenants.

use aws_lc_rs::hmac;
use chrono::NaiveDate;
use contracts::values::email::EmailAddress;

/// Bytes of an address tag: enough to keep a day's addresses apart.
const TAG_BYTES: usize = 16;

/// The blind index of an address under a tenant's key.
pub fn index(address: &EmailAddress, key: &[u8]) -> Vec<u8> {
    mac(key, &[b"email index v1", address.as_str().as_bytes()]).as_ref().to_vec()
}

/// The tag of an address under the platform's key, good for one UTC day.
pub fn tag(address: &EmailAddress, root: &[u8], day: NaiveDate) -> String {
    let day = day.to_string();
    let tag = mac(root, &[b"address tag v1", day.as_bytes(), address.as_str().as_bytes()]);
    hex::encode(tag.as_ref().get(..TAG_BYTES).unwrap_or_default())
}

fn mac(key: &[u8], parts: &[&[u8]]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in parts {
        context.update(part);
        context.update(&[0]);
    }
    context.sign()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_tenants_and_two_days_cannot_be_linked() {
        let address = EmailAddress::parse("ada@example.org").unwrap();
        let day = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        assert_ne!(index(&address, &[1; 32]), index(&address, &[2; 32]));
        let next = day.succ_opt().unwrap();
        assert_ne!(tag(&address, &[1; 32], day), tag(&address, &[1; 32], next));
    }
}
