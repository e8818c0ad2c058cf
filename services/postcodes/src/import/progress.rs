//! The progress of an import.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Label for a progress bar.
    pub what: &'static str,
    /// Out of `total`: bytes of a CSV file, otherwise files.
    pub done: u64,
    pub total: u64,
}

/// Receives progress.
pub type Progress<'a> = dyn FnMut(Step) + 'a;
