//! x
#![allow(dead_code)]
mod frame;
