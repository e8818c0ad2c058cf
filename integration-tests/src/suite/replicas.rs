//! Processes of services beside those that a suite starts itself.

use std::path::PathBuf;

use xtask::stack::process::Process;

use super::Suite;

impl Suite {
    /// Commands and processes that are started from now on are of another build.
    pub fn use_binary(&mut self, binary: PathBuf) {
        self.binary = binary;
    }

    /// Starts one service beside the suite, with settings of its own over the suite's.
    pub fn start_beside(
        &self,
        service: &str,
        settings: &[(&str, String)],
    ) -> anyhow::Result<Process> {
        self.start_replica(&format!("{service}-beside"), service, settings)
    }

    /// The same under a name of its own.
    pub fn start_replica(
        &self,
        name: &str,
        service: &str,
        settings: &[(&str, String)],
    ) -> anyhow::Result<Process> {
        let mut command = self.command(&[service]);
        command.envs(settings.iter().map(|(name, value)| (name, value)));
        Process::spawn(name, &mut command, &self.dir.join("log").join(format!("{name}.log")))
    }
}
