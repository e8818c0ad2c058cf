//! Lines of the log on their way out: gathered in memory, written together by a thread of their own.
//!
//! Who says something neither waits for the write nor, while lines come fast, wakes the thread, which would take a call to
//! the system and a switch of threads. No line is dropped; when the reader of the log is slow for long, the speakers wait.

use std::{
    io::{self, Write},
    mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

/// Between two writes lines gather for so long.
const GATHER: Duration = Duration::from_millis(10);
/// Bytes that may wait to be written: some tens of thousands of lines.
const ROOM: usize = 8 * 1024 * 1024;

/// The end that is spoken into.
#[derive(Clone)]
pub(super) struct Lines(Arc<Shared>);

/// Ends the thread, once it has written all, when dropped.
pub(super) struct Writer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    /// Something was said, or nothing more will be.
    said: Condvar,
    /// There is room again.
    written: Condvar,
}

#[derive(Default)]
struct Waiting {
    lines: Vec<u8>,
    /// The thread sleeps until something is said.
    asleep: bool,
    ended: bool,
}

/// Starts the thread that writes to `out`.
pub(super) fn open(out: impl Write + Send + 'static) -> io::Result<(Lines, Writer)> {
    let shared = Arc::<Shared>::default();
    let of_thread = shared.clone();
    let thread = thread::Builder::new()
        .name("log".to_owned())
        .spawn(move || write_until_ended(&of_thread, out))?;
    Ok((Lines(shared.clone()), Writer { shared, thread: Some(thread) }))
}

#[expect(clippy::disallowed_methods, reason = "it waits for more lines, which must not wake it")]
fn write_until_ended(shared: &Shared, mut out: impl Write) {
    let mut lines = Vec::new();
    while shared.take(&mut lines) {
        // Nobody is left to tell of a log that cannot be written.
        let _ = out.write_all(&lines).and_then(|()| out.flush());
        lines.clear();
        thread::sleep(GATHER);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Swaps what was said for the empty `lines`; waits for it. False: nothing is left, and nothing more will come.
    fn take(&self, lines: &mut Vec<u8>) -> bool {
        let mut waiting = self.lock();
        while waiting.lines.is_empty() && !waiting.ended {
            waiting.asleep = true;
            waiting = self.said.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        mem::swap(&mut waiting.lines, lines);
        drop(waiting);
        self.written.notify_all();
        !lines.is_empty()
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = self.0.lock();
        while waiting.lines.len() > ROOM && !waiting.ended {
            waiting = self.0.written.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        waiting.lines.extend_from_slice(line);
        if mem::take(&mut waiting.asleep) {
            self.0.said.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.shared.said.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Takes a write only when it is let, and keeps each.
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
    fn nobody_waits_for_the_writer_and_every_line_is_written_in_order_before_the_end() {
        let (go, wait) = mpsc::channel();
        let written = Arc::<Mutex<Vec<_>>>::default();
        let (mut lines, writer) = open(Slow(wait, written.clone())).unwrap();
        let said: Vec<String> = (0..1000).map(|number| format!("{number}\n")).collect();
        for line in &said {
            lines.write_all(line.as_bytes()).unwrap();
        }
        assert!(written.lock().unwrap().is_empty());
        drop(go);
        drop(writer);
        assert_eq!(written.lock().unwrap().concat(), said.concat().into_bytes());
    }

    #[test]
    fn without_room_speakers_wait_and_no_line_is_dropped() {
        let (go, wait) = mpsc::channel();
        let written = Arc::<Mutex<Vec<_>>>::default();
        let (mut lines, writer) = open(Slow(wait, written.clone())).unwrap();
        let (said, heard) = mpsc::channel();
        let speaker = thread::spawn(move || {
            let line = vec![b'x'; ROOM];
            for number in 0..8 {
                lines.write_all(&line).unwrap();
                said.send(number).unwrap();
            }
        });
        // One is being written, one fits, and one more found the room not yet full.
        assert_eq!(heard.iter().take(3).collect::<Vec<_>>(), [0, 1, 2]);
        drop(go);
        speaker.join().unwrap();
        drop(writer);
        let sizes: Vec<usize> = written.lock().unwrap().iter().map(Vec::len).collect();
        assert_eq!(sizes.iter().sum::<usize>(), 8 * ROOM);
        assert!(sizes.iter().all(|size| *size <= 2 * ROOM), "{sizes:?}");
    }
}
