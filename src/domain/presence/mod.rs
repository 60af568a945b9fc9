//! Who is there: devices, operators, chat boxes (RULES section 2).

pub mod status;
