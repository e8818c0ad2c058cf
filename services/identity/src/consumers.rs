//! What the service does when others announce something.

use contracts::retention::SubjectErased;
use kit::{
    db::Conn,
    events::consumers::{Consumers, Received},
};

use crate::{app::App, users};

pub(crate) fn all() -> Consumers<App> {
    Consumers::new().on(subject_erased)
}

/// An erasure ends only when every service has answered, so this answers for subjects of other tenants too, of whom it
/// holds nothing.
async fn subject_erased(
    app: &App,
    conn: &mut Conn,
    event: Received<SubjectErased>,
) -> anyhow::Result<()> {
    app.keyring.evict(event.tenant_id, event.data.subject_id);
    Ok(users::ops::erase(conn, app.kit.ids.next(), event.tenant_id, &event.data).await?)
}
