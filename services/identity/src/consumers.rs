//! What identity listens to.

use contracts::retention::SubjectErased;
use kit::{
    db::Conn,
    events::consumers::{Consumers, Received},
};

use crate::{app::App, users};

/// Every subscription.
pub(crate) fn all() -> Consumers<App> {
    Consumers::new().on(subject_erased)
}

/// Users are subjects of the platform's tenant. Of other tenants' subjects nothing is held here, and that is counted and
/// answered too: an erasure ends only when every service has answered.
async fn subject_erased(
    app: &App,
    conn: &mut Conn,
    event: Received<SubjectErased>,
) -> anyhow::Result<()> {
    app.keyring.evict(event.tenant_id, event.data.subject_id);
    Ok(users::ops::erase(app, conn, event.tenant_id, &event.data).await?)
}
