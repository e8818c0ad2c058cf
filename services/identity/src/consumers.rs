//! What the service does when others announce something.

use anyhow::Context as _;
use contracts::{
    messaging::{Decision, DeliverySettled},
    retention::SubjectErased,
};
use kit::{
    db::Conn,
    events::consumers::{Consumers, Received},
};

use crate::{
    app::App,
    audit::{
        self,
        domain::{Action, Author},
    },
    users,
};

pub(crate) fn all() -> Consumers<App> {
    Consumers::new().on(subject_erased).on(delivery_settled)
}

/// What staff decide in other services is in the audit log too.
async fn delivery_settled(
    app: &App,
    conn: &mut Conn,
    event: Received<DeliverySettled>,
) -> anyhow::Result<()> {
    let DeliverySettled { message_id, decision, actor_kind, actor_id, at } = event.data;
    let actor = (actor_kind.as_str(), actor_id);
    let author = Author::named(app.kit.ids, event.tenant_id, actor, at).context("no such actor")?;
    let action = match decision {
        Decision::Delivered => Action::DeliverySettledAsDelivered,
        Decision::SendAgain => Action::DeliverySentAgain,
    };
    Ok(audit::ops::record(conn, &author, action, message_id).await?)
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
