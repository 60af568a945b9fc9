//! doorbell: a presence and notification server for live chat.
//!
//! # The plan of the house
//!
//! | room | what is done there |
//! |---|---|
//! | [`domain`] | the rules, pure: presence, conversations, notices |
//! | [`ports`] | what the inner rooms need of the world |
//! | [`office`] | use cases that are not conversation: operators, groups, settings, sessions |
//! | [`actors`] | who holds what while it is active: accounts, conversations, the postroom |
//! | [`wire`] | the JSON of the protocol |
//! | [`edge`] | the doors: HTTP and WebSocket |
//! | [`store`] | SQLite, Redis, memory; the shapes of what is stored |
//! | [`mail`] | letters and how they leave |
//! | [`locale`] | every sentence that a person reads |
//! | [`cli`], [`demo`] | the command line; the throw-away world |
//! | [`settings`], [`app`] | the configuration; the composition root |
//!
//! Arrows point one way: `edge, cli, demo → office, wire, actors, ports, locale, domain`; `office, actors → ports, domain`;
//! `store → ports, domain`; `mail → ports, locale, domain`; `wire, locale → domain`; `domain → std`. Only `app` sees all.
//!
//! # Invariants, said as absences
//!
//! - No file in `domain` knows what time it is, draws a random number, waits or logs.
//! - No mail is decided outside `domain::notice::judge`.
//! - Nothing is acknowledged before the commit that holds it.
//! - No actor waits: it has one commit in flight and a bounded queue behind it.
//! - No timer is trusted: one that fires means "look again".

pub mod actors;
pub mod app;
pub mod cli;
pub mod demo;
pub mod domain;
pub mod edge;
pub mod locale;
pub mod mail;
pub mod office;
pub mod ports;
pub mod settings;
pub mod store;
pub mod wire;
