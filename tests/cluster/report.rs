//! What a round came to: a line of JSON, a row of the table.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Value, json};

/// One round of a scenario.
pub(crate) struct Round {
    pub(crate) scenario: &'static str,
    pub(crate) seed: u64,
    pub(crate) deeds: usize,
    pub(crate) figures: BTreeMap<&'static str, f64>,
    pub(crate) findings: Vec<String>,
    started: Instant,
}

impl Round {
    pub(crate) fn new(scenario: &'static str, seed: u64) -> Self {
        Self { scenario, seed, deeds: 0, figures: BTreeMap::new(), findings: Vec::new(), started: Instant::now() }
    }

    pub(crate) fn finds(&mut self, found: Vec<String>) {
        self.findings.extend(found);
    }

    pub(crate) fn figure(&mut self, name: &'static str, value: f64) {
        self.figures.insert(name, value);
    }

    /// Keeps the greatest.
    pub(crate) fn worst(&mut self, name: &'static str, value: f64) {
        let known = self.figures.entry(name).or_insert(value);
        *known = known.max(value);
    }

    pub(crate) fn line(&self) -> Value {
        let took_s = (self.started.elapsed().as_secs_f64() * 10.0).round() / 10.0;
        json!({
            "scenario": self.scenario, "seed": self.seed, "deeds": self.deeds, "took_s": took_s,
            "figures": self.figures, "findings": self.findings,
        })
    }
}
