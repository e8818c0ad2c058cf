//! What identity listens to.

use contracts::{identity::PLATFORM_TENANT, retention::SubjectErased};
use kit::{
    consumer::{Consumers, Received},
    db::Conn,
};

use crate::{app::App, users};

/// Every subscription.
pub(crate) fn all() -> Consumers<App> {
    Consumers::new().on(subject_erased)
}

/// Users are subjects of the platform's tenant; other tenants' subjects are none of ours.
async fn subject_erased(
    app: &App,
    conn: &mut Conn,
    event: Received<SubjectErased>,
) -> anyhow::Result<()> {
    if event.tenant_id != PLATFORM_TENANT {
        return Ok(());
    }
    app.keyring.evict(PLATFORM_TENANT, event.data.subject_id);
    Ok(users::ops::erase(app, conn, &event.data).await?)
}
