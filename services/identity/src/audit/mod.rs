//! The staff audit log: who changed what, and when, written in the transaction of the change. The service's database roles
//! may insert and read entries, not change or delete them; the table's owner and an administrator of the database can give
//! themselves that right.

pub(crate) mod domain;
pub(crate) mod http;
pub(crate) mod ops;
pub(crate) mod store;
