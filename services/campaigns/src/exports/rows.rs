//! The rows of an export, batch by batch: read, keys for all people at once, opened, written down as disclosed, sent.

use contracts::keyring::{Compartment, Purpose};
use futures_util::future::try_join_all;
use uuid::Uuid;

use super::{domain, ops};
use crate::{
    actions::{
        self,
        domain::{Action, Personal},
        seal,
    },
    app::App,
    error::Error,
};

/// Rows read and opened at once: one batch of the keyring.
const BATCH: i64 = 200;

type Answers = Vec<(Uuid, String, bool, i32)>;

/// How far an export has come.
pub(super) struct Progress {
    pub(super) tenant_id: Uuid,
    pub(super) campaign_id: Uuid,
    pub(super) disclosure_id: Uuid,
    pub(super) after: Uuid,
}

/// The next lines; none after the last.
pub(super) async fn next(app: &App, progress: &mut Progress) -> Result<Option<String>, Error> {
    let (batch, answers) = read(app, progress).await?;
    let opened = open_all(app, &batch).await?;
    let mut lines = String::new();
    for (action, personal) in &opened {
        lines.push_str(&line(action, personal, &answers));
    }
    let finished_at = batch.is_empty().then(|| app.kit.clock.now());
    let (id, rows) = (progress.disclosure_id, opened.len());
    app.db
        .tx("exports.note", progress.tenant_id, async |conn| {
            ops::note(conn, id, rows, finished_at).await
        })
        .await?;
    let Some(last) = batch.last() else { return Ok(None) };
    progress.after = last.id;
    Ok(Some(lines))
}

async fn read(app: &App, progress: &Progress) -> Result<(Vec<Action>, Answers), Error> {
    let Progress { campaign_id, after, .. } = *progress;
    app.db
        .tx("exports.read", progress.tenant_id, async |conn| {
            let batch = actions::store::confirmed_page(conn, campaign_id, after, BATCH).await?;
            let ids: Vec<Uuid> = batch.iter().map(|action| action.id).collect();
            let answers = actions::store::answers(conn, &ids).await?;
            Ok((batch, answers))
        })
        .await
}

/// People whose data may not be exported (restricted, erased this minute) are left out.
async fn open_all<'a>(
    app: &App,
    batch: &'a [Action],
) -> Result<Vec<(&'a Action, Personal)>, Error> {
    let opened = try_join_all(batch.iter().map(|action| open(app, action))).await?;
    Ok(opened.into_iter().flatten().collect())
}

async fn open<'a>(app: &App, action: &'a Action) -> Result<Option<(&'a Action, Personal)>, Error> {
    let Some(supporter) = &action.supporter else { return Ok(None) };
    let (tenant_id, subject_id) = (action.tenant_id, supporter.subject_id);
    let keys =
        seal::keys(app, Purpose::Export, &[Compartment::Action], tenant_id, subject_id).await?;
    let personal = seal::open(&keys, action.id, &supporter.personal);
    Ok(personal.map_err(anyhow::Error::from)?.map(|personal| (action, personal)))
}

fn line(action: &Action, personal: &Personal, answers: &Answers) -> String {
    let consents: Vec<String> = answers
        .iter()
        .filter(|(id, ..)| *id == action.id)
        .map(|(_, consent, given, version)| {
            format!("{consent}@{version}={}", if *given { "yes" } else { "no" })
        })
        .collect();
    let constituency = action.place.constituency.as_ref();
    domain::line([
        action.id.to_string().as_str(),
        action.taken_at.to_rfc3339().as_str(),
        action.confirmed_at.map(|at| at.to_rfc3339()).unwrap_or_default().as_str(),
        constituency.map_or("", |of| of.gss_code.as_str()),
        personal.name.as_str(),
        personal.email.as_str(),
        personal.postcode.as_str(),
        personal.address.as_str(),
        personal.subject_line.as_deref().unwrap_or_default(),
        personal.own_words.as_deref().unwrap_or_default(),
        consents.join(";").as_str(),
    ])
}
