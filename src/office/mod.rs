//! Use cases that are not conversation. A request in, a commit, who must be told; called by the edges and the command line.

pub mod sessions;
pub mod tokens;
