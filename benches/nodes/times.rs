//! Times that were taken, and what processes took of the cores (Linux).

use std::fs;
use std::io;
use std::time::Duration;

/// How long something took, many times.
#[derive(Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(took);
    }

    pub(crate) fn sort(&mut self) {
        self.0.sort_unstable();
    }

    /// The time that this share of them does not exceed, in hundredths; of those that are sorted, and not none.
    pub(crate) fn percentile(&self, hundredths: usize) -> Duration {
        self.0[(self.0.len() - 1) * hundredths / 100]
    }
}

pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// What the cores did for a thread, or for several.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Worked {
    /// They ran it.
    pub(crate) ran: Duration,
    /// It could have run, but others did.
    pub(crate) waited: Duration,
}

impl Worked {
    /// A process' first thread. Redis does everything that is asked of it there.
    pub(crate) fn first_thread(process: u32) -> io::Result<Self> {
        Self::read(&format!("/proc/{process}/task/{process}/schedstat"))
    }

    /// All threads of a process that have not ended.
    pub(crate) fn process(process: u32) -> io::Result<Self> {
        let mut all = Self::default();
        for thread in fs::read_dir(format!("/proc/{process}/task"))? {
            let one = Self::read(&format!("{}/schedstat", thread?.path().display()))?;
            all = Self { ran: all.ran + one.ran, waited: all.waited + one.waited };
        }
        Ok(all)
    }

    fn read(path: &str) -> io::Result<Self> {
        let text = fs::read_to_string(path)?;
        let mut nanoseconds = text.split_whitespace().map_while(|word| word.parse().ok());
        let mut next = || nanoseconds.next().map(Duration::from_nanos).ok_or(io::ErrorKind::InvalidData);
        Ok(Self { ran: next()?, waited: next()? })
    }

    /// What was done since an earlier look.
    pub(crate) fn since(self, earlier: Self) -> Self {
        let waited = self.waited.saturating_sub(earlier.waited);
        Self { ran: self.ran.saturating_sub(earlier.ran), waited }
    }
}
