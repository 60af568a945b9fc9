//! The doors: HTTP and WebSocket.

pub mod address;
pub mod auth;
pub mod limits;
pub mod ws;
