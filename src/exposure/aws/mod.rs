//! Amazon S3 and servers that speak its API.

mod access_point;
mod acl;
mod action;
#[cfg(feature = "cloud")]
pub(super) mod client;
mod condition;
#[cfg(feature = "cloud")]
mod facts;
pub(super) mod judge;
mod policy;
mod principal;
mod resource;
