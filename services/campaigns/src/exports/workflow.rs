//! The lines of an export, batch by batch: rows are read, opened, recorded as disclosed, and returned.

use contracts::keyring::{Compartment, Purpose};
use futures_util::future::try_join_all;
use uuid::Uuid;

use super::{domain, ops};
use crate::{
    actions::{self, workflow::open},
    app::App,
    error::Error,
};

/// Rows read and opened at once: one batch of the keyring.
const BATCH: i64 = 200;

/// How far an export has come.
pub(super) struct Progress {
    pub(super) tenant_id: Uuid,
    pub(super) campaign_id: Uuid,
    pub(super) disclosure_id: Uuid,
    pub(super) after: Uuid,
}

/// The next lines; none after the last. Leaves out people whose data must not be exported (restricted, or erased this
/// minute).
pub(super) async fn next(app: &App, progress: &mut Progress) -> Result<Option<String>, Error> {
    let Progress { tenant_id, campaign_id, disclosure_id, after } = *progress;
    let (batch, answers) = app
        .db
        .tx("exports.read", tenant_id, async |conn| -> Result<_, Error> {
            let batch = actions::store::confirmed_page(conn, campaign_id, after, BATCH).await?;
            let ids: Vec<Uuid> = batch.iter().map(|action| action.id).collect();
            let answers = actions::store::answers::by_actions(conn, &ids).await?;
            Ok((batch, answers))
        })
        .await?;
    let opening = batch.iter().map(|it| open(app, Purpose::Export, &[Compartment::Action], it));
    let opened = try_join_all(opening).await?;
    let lines: Vec<String> = batch
        .iter()
        .zip(opened)
        .filter_map(|(action, supporter)| {
            let answers = answers.get(&action.id).map_or(&[][..], Vec::as_slice);
            Some(domain::action_line(action, &supporter?.personal, answers))
        })
        .collect();
    let finished_at = batch.is_empty().then(|| app.kit.clock.now());
    app.db
        .tx("exports.note", tenant_id, async |conn| {
            ops::record_rows(conn, disclosure_id, lines.len(), finished_at).await
        })
        .await?;
    let Some(last) = batch.last() else { return Ok(None) };
    progress.after = last.id;
    Ok(Some(lines.concat()))
}
