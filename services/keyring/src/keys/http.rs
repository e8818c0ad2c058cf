//! Requests about keys.

use std::collections::HashSet;

use actix_web::web::{self, Data};
use contracts::keyring::{KeyAnswer, MAX_BATCH, OpenRequest};
use kit::http::{
    extract::{CallingService, Json},
    problem::Problem,
};

use super::{domain::allowed, ops};
use crate::{app::App, error::Error};

/// A batch of keys, for one purpose.
pub async fn open(
    app: Data<App>,
    service: CallingService,
    body: Json<OpenRequest>,
) -> Result<web::Json<Vec<KeyAnswer>>, Problem> {
    let request = body.value;
    if request.keys.len() > MAX_BATCH {
        return Err(Error::TooMany.into());
    }
    for key in &request.keys {
        allowed(&service.0, request.purpose, &[key.compartment], false)?;
    }
    let refs: Vec<_> = request.keys.iter().map(|&key| (key, true)).collect();
    let answers = app
        .db
        .system_tx("keyring.open", async |conn| {
            ops::answers(&app, conn, &refs, request.purpose, &HashSet::new()).await
        })
        .await?;
    let answer = |key| answers.get(key).cloned().unwrap_or(KeyAnswer::Missing);
    Ok(web::Json(request.keys.iter().map(answer).collect()))
}
