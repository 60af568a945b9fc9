//! Who is there: devices, operators, chat boxes (RULES section 2).

pub mod attendee;
pub mod chat_box;
pub mod device;
pub mod roster;
pub mod status;
pub mod word;
