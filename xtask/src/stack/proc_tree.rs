//! Processes as the kernel lists them under `/proc`. A process is named by its id *and* its birth, so that an id
//! that was given to somebody else is never mistaken for ours.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

/// One process, for its whole life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its id.
    pub pid: i32,
    /// Its start, in clock ticks since boot.
    pub born: u64,
}

struct Stat {
    state: char,
    parent: i32,
    born: u64,
}

impl Identity {
    /// The living process of this id.
    pub fn of(pid: i32) -> Option<Self> {
        stat(pid).map(|stat| Self { pid, born: stat.born })
    }

    /// True while it runs; a zombie does not.
    pub fn alive(self) -> bool {
        stat(self.pid).is_some_and(|stat| stat.born == self.born && stat.state != 'Z')
    }

    /// Sends a signal if it is still the same process.
    pub fn signal(self, signal: Signal) {
        if let (true, Some(pid)) = (self.alive(), Pid::from_raw(self.pid)) {
            // It may end between the two calls; then there is nothing to signal.
            let _ = kill_process(pid, signal);
        }
    }

    /// It and all its descendants. Process groups do not do: each backend of PostgreSQL makes its own.
    pub fn tree(self) -> Vec<Self> {
        let all = all();
        let mut tree = vec![self];
        let mut next = 0;
        while let Some(parent) = tree.get(next).copied() {
            tree.extend(all.iter().filter(|(_, up)| *up == parent.pid).map(|(child, _)| *child));
            next += 1;
        }
        tree
    }

    /// Kills it and its descendants with SIGKILL. They are stopped from the top first, so that none can start another.
    pub fn kill_tree(self) -> Vec<Self> {
        self.signal(Signal::STOP);
        let tree = self.tree();
        for process in &tree {
            process.signal(Signal::KILL);
        }
        tree
    }
}

fn all() -> Vec<(Identity, i32)> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|pid| stat(pid).map(|stat| (Identity { pid, born: stat.born }, stat.parent)))
        .collect()
}

fn stat(pid: i32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the command in parentheses, which may hold spaces and parentheses itself.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    let born = fields.nth(17)?.parse().ok()?;
    Some(Stat { state, parent, born })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_its_birth() {
        let own = Identity::of(i32::try_from(std::process::id()).unwrap()).unwrap();
        assert!(own.alive());
        assert!(!Identity { born: own.born + 1, ..own }.alive());
        assert!(own.tree().contains(&own));
    }
}
