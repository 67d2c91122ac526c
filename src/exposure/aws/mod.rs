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

use crate::model::exposure::Permission;

/// Permissions in words: "list keys, read objects".
pub(super) fn words(permissions: &[Permission]) -> String {
    let word = |p: &Permission| match p {
        Permission::Administer => "change settings or access",
        Permission::Write => "write objects",
        Permission::Delete => "delete objects",
        Permission::List => "list keys",
        Permission::Read => "read objects",
        Permission::ReadSettings => "read settings or tags",
    };
    permissions.iter().map(word).collect::<Vec<_>>().join(", ")
}
