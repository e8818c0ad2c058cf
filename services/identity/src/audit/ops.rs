//! Records in the log what staff did in another service.

use kit::db::{Conn, DbError};
use uuid::Uuid;

use super::{
    domain::{Action, Author},
    store,
};

pub(crate) async fn record(
    conn: &mut Conn,
    author: &Author,
    action: Action,
    object_id: Uuid,
) -> Result<(), DbError> {
    store::insert(conn, author.entry(action, object_id)).await
}
