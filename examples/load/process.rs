//! What a process of this machine takes: memory and time.

use std::time::Duration;

use crate::Outcome;

/// A process, by its number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process(pub u32);

impl Process {
    /// The memory that it has for itself, and its part of what it shares (PSS), in bytes.
    pub(crate) fn memory(self) -> Outcome<u64> {
        let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.0))?;
        let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).ok_or("no PSS")?;
        let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib << 10)
    }

    /// What the threads that it has now have run for. Those that have ended are not counted: take it of processes whose threads stay.
    pub(crate) fn worked(self) -> Outcome<Duration> {
        let mut nanos = 0;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.0))? {
            // It may have ended meanwhile.
            let Ok(stat) = std::fs::read_to_string(thread?.path().join("schedstat")) else { continue };
            nanos += stat.split(' ').next().ok_or("no time")?.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanos))
    }

    /// What they have run for since then.
    pub(crate) fn worked_since(self, before: Duration) -> Outcome<Duration> {
        Ok(self.worked()?.saturating_sub(before))
    }
}
