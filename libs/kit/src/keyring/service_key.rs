//! A service's own key, from a setting, for secrets that it stores. It can be replaced while replicas run.

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use zeroize::Zeroizing;

use super::sealed::{DataKey, OpenError, SealContext};
use crate::config::Env;

/// The keys of a setting: the first one seals, each of them opens.
#[derive(Clone)]
pub struct ServiceKey {
    current: Zeroizing<[u8; 32]>,
    keys: Vec<DataKey>,
}

impl ServiceKey {
    /// Reads a setting: base64 of 32 bytes, or several of those separated by commas, the current one first.
    pub fn from_env(env: &mut Env, name: &str) -> Self {
        let setting = env.secret(name);
        let mut keys = Vec::new();
        for text in setting.expose().split(',').filter(|_| !setting.is_empty()) {
            let bytes = Zeroizing::new(B64.decode(text.trim()).unwrap_or_default());
            match <[u8; 32]>::try_from(bytes.as_slice()) {
                Ok(key) => keys.push(Zeroizing::new(key)),
                Err(_other_length) => env.error(format!("{name}: is not the base64 of 32 bytes")),
            }
        }
        let current = keys.first().cloned().unwrap_or_default();
        Self { current, keys: keys.iter().map(|key| DataKey::new(**key)).collect() }
    }

    /// The key that seals, to derive others from.
    pub fn current(&self) -> &[u8; 32] {
        &self.current
    }

    /// Whether there are others, for whose values [`Self::reseal`] is worth a look.
    pub fn has_others(&self) -> bool {
        self.keys.len() > 1
    }

    pub fn seal_bytes(&self, place: SealContext<'_>, plain: &[u8]) -> Result<Vec<u8>, OpenError> {
        DataKey::new(*self.current).seal_bytes(place, plain)
    }

    pub fn open_bytes(
        &self,
        place: SealContext<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        self.keys.iter().find_map(|key| key.open_bytes(place, sealed).ok()).ok_or(OpenError)
    }

    /// The value sealed with the current key, if another one sealed it.
    pub fn reseal(
        &self,
        place: SealContext<'_>,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, OpenError> {
        if DataKey::new(*self.current).open_bytes(place, sealed).is_ok() {
            return Ok(None);
        }
        self.seal_bytes(place, &self.open_bytes(place, sealed)?).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const PLACE: SealContext<'_> =
        SealContext::Row { table: "t", column: "c", id: Uuid::from_u128(1) };

    fn read(setting: &str) -> Result<ServiceKey, String> {
        let mut env = Env::from_pairs([("FOLKMOOT_X_KEY", setting)]);
        let key = ServiceKey::from_env(&mut env, "FOLKMOOT_X_KEY");
        env.finish().map(|()| key).map_err(|errors| errors.to_string())
    }

    #[test]
    fn the_first_key_seals_each_opens_and_what_another_sealed_is_sealed_again() {
        let [old, new] = [[1; 32], [2; 32]].map(|key| B64.encode(key));
        let before = read(&old).unwrap().seal_bytes(PLACE, b"secret").unwrap();
        let both = read(&format!("{new}, {old}")).unwrap();
        assert_eq!(both.current(), &[2; 32]);
        assert_eq!(both.open_bytes(PLACE, &before).unwrap().as_slice(), b"secret");
        let after = both.reseal(PLACE, &before).unwrap().unwrap();
        assert!(both.reseal(PLACE, &after).unwrap().is_none());
        let alone = read(&new).unwrap();
        assert_eq!(alone.open_bytes(PLACE, &after).unwrap().as_slice(), b"secret");
        assert!(alone.open_bytes(PLACE, &before).is_err());
        assert!(both.has_others() && !alone.has_others());
    }

    #[test]
    fn every_key_of_the_setting_is_checked() {
        let valid = B64.encode([1; 32]);
        for bad in ["x".to_owned(), format!("{valid},"), format!("{valid},{}", B64.encode([1; 31]))]
        {
            let errors = read(&bad).err().unwrap();
            assert!(errors.contains("FOLKMOOT_X_KEY: is not the base64 of 32 bytes"), "{errors}");
        }
        assert!(read("").err().unwrap().contains("is set"));
    }
}
