//! The public parts of the service, used as the suite uses them.

#[cfg(test)]
mod directory;
#[cfg(test)]
mod onspd;
#[cfg(test)]
mod package;
#[cfg(test)]
mod support;
