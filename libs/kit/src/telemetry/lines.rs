//! Buffers lines of the log in memory and writes them together, on a separate thread.
//!
//! Callers neither block on the write nor, while lines come fast, wake the thread, which costs a system call and a
//! context switch. No line is dropped: when the reader of the log is slow for long, the callers wait.

use std::{
    io::{self, Write},
    mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

/// Wait between two writes, in which lines are collected.
const WRITE_INTERVAL: Duration = Duration::from_millis(10);
/// Bytes that may wait to be written: tens of thousands of lines.
const CAPACITY: usize = 8 * 1024 * 1024;

/// Takes lines from callers.
#[derive(Clone)]
pub(super) struct Lines(Arc<Shared>);

/// The thread that writes. When this is dropped, it writes all pending lines and ends.
pub(super) struct Writer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    buffer: Mutex<Buffer>,
    /// Signals that there are lines, or that there will be no more.
    filled: Condvar,
    /// Signals that there is capacity again.
    emptied: Condvar,
}

#[derive(Default)]
struct Buffer {
    lines: Vec<u8>,
    /// Whether the thread waits for lines.
    is_waiting: bool,
    is_closed: bool,
}

/// Starts the thread that writes to `out`.
pub(super) fn open(out: impl Write + Send + 'static) -> io::Result<(Lines, Writer)> {
    let shared = Arc::<Shared>::default();
    let for_thread = shared.clone();
    let thread = thread::Builder::new()
        .name("log".to_owned())
        .spawn(move || write_until_closed(&for_thread, out))?;
    Ok((Lines(shared.clone()), Writer { shared, thread: Some(thread) }))
}

#[expect(clippy::disallowed_methods, reason = "it collects lines without being woken by each")]
fn write_until_closed(shared: &Shared, mut out: impl Write) {
    let mut lines = Vec::new();
    while shared.take(&mut lines) {
        // A failure to write the log cannot be logged.
        let _ = out.write_all(&lines).and_then(|()| out.flush());
        lines.clear();
        thread::sleep(WRITE_INTERVAL);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for lines and swaps them with the empty `lines`. `false` means that there are no lines and will be no more.
    fn take(&self, lines: &mut Vec<u8>) -> bool {
        let mut buffer = self.lock();
        while buffer.lines.is_empty() && !buffer.is_closed {
            buffer.is_waiting = true;
            buffer = self.filled.wait(buffer).unwrap_or_else(PoisonError::into_inner);
        }
        mem::swap(&mut buffer.lines, lines);
        drop(buffer);
        self.emptied.notify_all();
        !lines.is_empty()
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut buffer = self.0.lock();
        while buffer.lines.len() > CAPACITY && !buffer.is_closed {
            buffer = self.0.emptied.wait(buffer).unwrap_or_else(PoisonError::into_inner);
        }
        buffer.lines.extend_from_slice(line);
        if mem::take(&mut buffer.is_waiting) {
            self.0.filled.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.filled.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Blocks each write until the channel has a message or is closed, and keeps what was written.
    struct Slow(mpsc::Receiver<()>, Arc<Mutex<Vec<Vec<u8>>>>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            self.1.lock().unwrap().push(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn callers_do_not_wait_and_every_line_is_written_in_order_before_the_end() {
        let (go, wait) = mpsc::channel();
        let written = Arc::<Mutex<Vec<_>>>::default();
        let (mut lines, writer) = open(Slow(wait, written.clone())).unwrap();
        let logged: Vec<String> = (0..1000).map(|number| format!("{number}\n")).collect();
        for line in &logged {
            lines.write_all(line.as_bytes()).unwrap();
        }
        assert!(written.lock().unwrap().is_empty());
        drop(go);
        drop(writer);
        assert_eq!(written.lock().unwrap().concat(), logged.concat().into_bytes());
    }

    #[test]
    fn callers_wait_while_the_buffer_is_full_and_no_line_is_dropped() {
        let (go, wait) = mpsc::channel();
        let written = Arc::<Mutex<Vec<_>>>::default();
        let (mut lines, writer) = open(Slow(wait, written.clone())).unwrap();
        let (accepted, numbers) = mpsc::channel();
        let caller = thread::spawn(move || {
            let line = vec![b'x'; CAPACITY];
            for number in 0..8 {
                lines.write_all(&line).unwrap();
                accepted.send(number).unwrap();
            }
        });
        // One is being written, one fills the buffer, and one came before the buffer was over its limit.
        assert_eq!(numbers.iter().take(3).collect::<Vec<_>>(), [0, 1, 2]);
        drop(go);
        caller.join().unwrap();
        drop(writer);
        let sizes: Vec<usize> = written.lock().unwrap().iter().map(Vec::len).collect();
        assert_eq!(sizes.iter().sum::<usize>(), 8 * CAPACITY);
        assert!(sizes.iter().all(|size| *size <= 2 * CAPACITY), "{sizes:?}");
    }
}
