//! A visitor's thread: what is said in it, what waits in it, and how it is shown.

pub mod deed;
pub mod fact;
pub mod live;
mod meanwhile;
pub mod message;
pub mod outcome;
mod runs;
pub mod show;
pub mod state;
pub mod step;
pub mod thread;
pub mod unread;
pub mod view;
