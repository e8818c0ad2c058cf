//! Keys that are too old. Nobody waits for a year: the moment that the database remembers is moved back instead.

use super::watch::Watch;

/// A database that refuses the next signing key, so that the current one stays in use.
pub(super) fn old_signing_key(watch: &Watch<'_>) -> anyhow::Result<()> {
    let postgres = watch.postgres()?;
    postgres.sql(
        "REVOKE INSERT ON gateway.signing_keys FROM folkmoot_gateway_worker; \
         UPDATE gateway.signing_keys SET active_from = active_from - interval '9 days'",
    )?;
    let fired = watch.fires(&["FolkmootSigningKeyOld"]);
    postgres.sql(
        "GRANT INSERT ON gateway.signing_keys TO folkmoot_gateway_worker; \
         UPDATE gateway.signing_keys SET active_from = active_from + interval '9 days'",
    )?;
    fired?;
    watch.calms("FolkmootSigningKeyOld")
}

/// A keyring reads the moment when it starts.
pub(super) fn old_kek(watch: &Watch<'_>) -> anyhow::Result<()> {
    let postgres = watch.postgres()?;
    let age = |sign| {
        let shift = format!(
            "UPDATE keyring.keks SET first_used_at = first_used_at {sign} interval '366 days'"
        );
        postgres.sql_in("folkmoot_keyring", &shift)
    };
    age('-')?;
    watch.restart()?;
    let fired = watch.fires(&["FolkmootKekOld"]);
    age('+')?;
    watch.restart()?;
    fired
}
