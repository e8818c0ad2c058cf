//! Requests about keys.

use actix_web::web::Data;
use contracts::keyring::{KeyAnswer, MAX_BATCH, OpenRequest};
use kit::http::{
    extract::{CallingService, Json},
    problem::Problem,
    reply::Reply,
};

use super::{
    domain::{WantedKey, check_access},
    ops,
};
use crate::{app::App, error::Error};

/// A batch of keys, for one purpose.
pub(crate) async fn open(
    app: Data<App>,
    service: CallingService,
    body: Json<OpenRequest>,
) -> Result<Reply<Vec<KeyAnswer>>, Problem> {
    let OpenRequest { purpose, keys } = body.value;
    if keys.len() > MAX_BATCH {
        return Err(Error::TooMany.into());
    }
    for key in &keys {
        check_access(&service.0, purpose, &[key.compartment], false)?;
    }
    let wanted: Vec<WantedKey> = keys.iter().map(|&key| WantedKey { key, mint: true }).collect();
    let answers = app
        .db
        .system_tx("keys.open", async |conn| ops::answers(conn, app.mint(), purpose, &wanted).await)
        .await?;
    let answer = |key| answers.get(key).cloned().unwrap_or(KeyAnswer::Missing);
    Ok(Reply::ok(keys.iter().map(answer).collect()))
}
