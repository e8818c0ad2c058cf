//! The service, used as the suite and its callers use it.

#[cfg(test)]
mod areas;
#[cfg(test)]
mod areas_drawn;
#[cfg(test)]
mod areas_import;
#[cfg(test)]
mod areas_real;
#[cfg(test)]
mod areas_support;
#[cfg(test)]
mod bulk;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod compat;
#[cfg(test)]
mod compat_many;
#[cfg(test)]
mod compat_record;
#[cfg(test)]
mod directory;
#[cfg(test)]
mod eligibility;
#[cfg(test)]
mod fuzzed;
#[cfg(test)]
mod http;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod inside;
#[cfg(test)]
mod onspd;
#[cfg(test)]
mod openapi;
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
mod seeds;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tiles;
#[cfg(test)]
mod whole_directory;
