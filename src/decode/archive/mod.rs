//! Archives: files of many members.

pub(super) mod tar;
