//! Tallies → profiles: which objects are one table, what columns are called, and how parts add up.

mod path;
mod table;
mod template;

pub use path::{PathStep, column_path};
pub use table::{Part, PartColumn, TableBuilder};
pub use template::{member_template, template};
