//! Which permission each call to a cloud takes. Stages that make calls keep one table each; a call is made with an
//! entry of it, so that the table is what a scan needs, neither more nor less.

/// A kind of call and the permission it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Call {
    /// What it reads: a setting by its name in facts, or what it is for.
    pub what: &'static str,
    /// The permission, in the cloud's own name.
    pub permission: &'static str,
    /// What the permission is held on.
    pub on: On,
}

/// What a permission is held on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum On {
    /// An account, a project or a subscription.
    Account,
    /// A bucket or container, as a whole.
    Store,
    /// The objects in it, without their content.
    Object,
    /// The objects' content.
    Content,
    /// A key that objects are encrypted with.
    Key,
}

/// Declares calls by name, and the table of them all.
#[cfg(feature = "cloud")]
macro_rules! calls {
    ($(#[$doc:meta])* $vis:vis $table:ident: $($name:ident = $what:literal, $permission:literal, $on:ident;)*) => {
        $(pub(super) const $name: &$crate::model::privilege::Call = &$crate::model::privilege::Call {
            what: $what,
            permission: $permission,
            on: $crate::model::privilege::On::$on,
        };)*
        $(#[$doc])*
        $vis const $table: &[&$crate::model::privilege::Call] = &[$($name),*];
    };
}
#[cfg(feature = "cloud")]
pub(crate) use calls;
