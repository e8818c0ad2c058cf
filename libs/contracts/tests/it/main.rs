//! What services have promised one another: golden files, no plain personal fields, the AsyncAPI document.

#[cfg(test)]
mod asyncapi;
#[cfg(test)]
mod events;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod personal;
#[cfg(test)]
mod source;
