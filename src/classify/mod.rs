//! Cells → hits: classifiers, matching, validation, context, scores.

pub mod validate;
