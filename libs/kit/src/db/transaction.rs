//! One transaction on one connection. It commits completely or not at all, even if its future is dropped.

use diesel_async::{
    AsyncPgConnection, SimpleAsyncConnection as _, pooled_connection::deadpool::Object,
};

use super::{Conn, DbError};

/// COMMIT of a failed transaction, whose error `work` may have ignored, rolls back and reports success. The SELECT before
/// it turns that into an error.
const COMMIT: &str = "SELECT; COMMIT";

/// Runs `work` in a transaction: commits when it succeeds, rolls back when it fails.
pub(super) async fn run<T, E: From<DbError>>(
    conn: Object<AsyncPgConnection>,
    begin: &str,
    work: impl AsyncFnOnce(&mut Conn) -> Result<T, E>,
) -> Result<T, E> {
    let mut guard = Guard(Some(conn));
    let conn = guard.conn().ok_or_else(|| DbError::Unavailable("no connection".to_owned()))?;
    conn.batch_execute(begin).await.map_err(DbError::from)?;
    match work(conn).await {
        Ok(value) => {
            conn.batch_execute(COMMIT).await.map_err(DbError::from)?;
            guard.release();
            Ok(value)
        }
        Err(error) => {
            if conn.batch_execute("ROLLBACK").await.is_ok() {
                guard.release();
            }
            Err(error)
        }
    }
}

/// A connection in a transaction. If it is dropped before [`Self::release`] (a cancelled request, a failed commit), it
/// leaves the pool, so that no other work inherits an open transaction or another tenant's setting.
struct Guard(Option<Object<AsyncPgConnection>>);

impl Guard {
    fn conn(&mut self) -> Option<&mut Conn> {
        self.0.as_deref_mut()
    }

    /// Returns the connection to the pool.
    fn release(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(object) = self.0.take() {
            drop(Object::take(object));
        }
    }
}
