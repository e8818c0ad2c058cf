//! Many rows by one statement, which is prepared once whatever their number: each column is one array.

use diesel::sql_types::{Array, SingleValue};

diesel::define_sql_function! {
    /// PostgreSQL's function, which returns a row for each element. Several in one `SELECT` advance together, so the arrays
    /// must have the same length; the rows come in the order of the elements.
    fn unnest<T: SingleValue>(elements: Array<T>) -> T;
}
