//! The progress of an import.

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is being done, for a progress bar.
    pub what: &'static str,
    /// Of `total`: bytes when reading a CSV, else files.
    pub done: u64,
    pub total: u64,
}

/// Where progress is told.
pub type Progress<'a> = dyn FnMut(Step) + 'a;
