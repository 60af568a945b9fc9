//! x
#![allow(dead_code)]
mod ending;
mod frame;
mod outgoing;
mod wheel;
mod widgets;
