//! The service, used as the suite and its callers use it.

#[cfg(test)]
mod bulk;
#[cfg(test)]
mod compat;
#[cfg(test)]
mod compat_many;
#[cfg(test)]
mod directory;
#[cfg(test)]
mod http;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod inside;
#[cfg(test)]
mod onspd;
#[cfg(test)]
mod package;
#[cfg(test)]
mod places;
#[cfg(test)]
mod places_http;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod reload;
#[cfg(test)]
mod support;
