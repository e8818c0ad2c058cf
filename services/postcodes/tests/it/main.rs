//! The public parts of the service, used as the suite uses them.

mod directory;
mod onspd;
mod package;
mod support;
