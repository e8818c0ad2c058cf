//! A writer with a limit, for output of unknown length: writing fails before the output outgrows the memory it may use.

use std::{io, string::FromUtf8Error};

/// Collects bytes up to a limit. A write that would exceed it fails and adds nothing.
#[derive(Debug)]
pub struct BoundedWriter {
    bytes: Vec<u8>,
    limit: usize,
}

impl BoundedWriter {
    /// An empty writer that takes at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit }
    }

    /// Everything written so far; an error if it is not UTF-8.
    pub fn into_string(self) -> Result<String, FromUtf8Error> {
        String::from_utf8(self.bytes)
    }
}

impl io::Write for BoundedWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.limit.saturating_sub(self.bytes.len()) {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_write_past_the_limit_fails_and_adds_nothing() {
        let mut out = BoundedWriter::new(5);
        out.write_all(b"abc").unwrap();
        let error = out.write_all(b"def").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        out.write_all(b"de").unwrap();
        assert!(out.write_all(b"f").is_err());
        assert_eq!(out.into_string().unwrap(), "abcde");
    }
}
