//! The doors: HTTP and WebSocket.

pub mod address;
pub mod auth;
pub mod http;
pub mod limits;
pub mod network;
mod opening;
pub mod remembered;
pub mod together;
pub mod ws;
