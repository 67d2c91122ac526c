//! Which of the listed objects are read.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use siphasher::sip::SipHasher13;
use std::hash::Hasher;

use super::EngineError;
use crate::config;
use crate::source::{ObjectMeta, Tier};

/// What is to become of a listed object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Read it.
    Read,
    /// A filter leaves it out.
    Filtered,
    /// Its storage class is not read.
    Archived,
    /// Another shard has it.
    Elsewhere,
}

/// The compiled filters of a run.
#[derive(Debug)]
pub(super) struct Filter {
    include: Option<GlobSet>,
    exclude: GlobSet,
    rules: config::Filter,
    shard: Option<(u32, u32)>,
}

impl Filter {
    /// Compiles the globs.
    pub(super) fn new(rules: &config::Filter, shard: Option<(u32, u32)>) -> Result<Self, EngineError> {
        let include = if rules.include.is_empty() {
            None
        } else {
            Some(globs("--include", &rules.include)?)
        };
        Ok(Self {
            include,
            exclude: globs("--exclude", &rules.exclude)?,
            rules: rules.clone(),
            shard,
        })
    }

    /// What becomes of an object. Globs see the key as text; bytes that are not UTF-8 are matched as they are.
    pub(super) fn fate(&self, object: &ObjectMeta) -> Fate {
        let key = object.key.as_bytes();
        if self
            .shard
            .is_some_and(|(index, count)| shard_of(key, count) != index)
        {
            return Fate::Elsewhere;
        }
        let path = std::path::Path::new(os_str(key));
        let named =
            self.include.as_ref().is_none_or(|set| set.is_match(path)) && !self.exclude.is_match(path);
        let sized = self.rules.min_size.is_none_or(|least| object.size >= least)
            && self.rules.max_size.is_none_or(|most| object.size <= most);
        let recent = self
            .rules
            .modified_since
            .is_none_or(|since| object.modified.is_none_or(|at| at >= since));
        if !(named && sized && recent) {
            return Fate::Filtered;
        }
        match object.tier {
            Tier::Online => Fate::Read,
            Tier::Fee if self.is_chosen(object.class.as_deref()) => Fate::Read,
            Tier::Fee | Tier::Archived => Fate::Archived,
        }
    }

    fn is_chosen(&self, class: Option<&str>) -> bool {
        class.is_some_and(|class| {
            self.rules
                .storage_classes
                .iter()
                .any(|c| c.eq_ignore_ascii_case(class))
        })
    }
}

#[cfg(unix)]
fn os_str(bytes: &[u8]) -> &std::ffi::OsStr {
    std::os::unix::ffi::OsStrExt::from_bytes(bytes)
}

#[cfg(not(unix))]
fn os_str(bytes: &[u8]) -> &std::ffi::OsStr {
    std::str::from_utf8(bytes).unwrap_or_default().as_ref()
}

/// The shard (from 1) of a key: a stable hash of its bytes, the same on every machine and for ever.
fn shard_of(key: &[u8], count: u32) -> u32 {
    let mut hash = SipHasher13::new_with_keys(0, 0);
    hash.write(key);
    (hash.finish() % u64::from(count.max(1))) as u32 + 1
}

/// Globs over whole keys: `*` stays between slashes, `**` does not; a glob without a slash is matched against the last
/// segment anywhere.
fn globs(flag: &'static str, globs: &[String]) -> Result<GlobSet, EngineError> {
    let usage = |glob: &str| {
        EngineError::Usage(format!(
            "{flag} {glob:?} is not a glob; write it like \"logs/**/*.gz\""
        ))
    };
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        let anywhere = if glob.contains('/') {
            glob.clone()
        } else {
            format!("**/{glob}")
        };
        let built = GlobBuilder::new(&anywhere).literal_separator(true).build();
        set.add(built.map_err(|_| usage(glob))?);
    }
    set.build().map_err(|_| usage(&globs.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::Key;

    fn object(key: &str, size: u64, tier: Tier) -> ObjectMeta {
        ObjectMeta {
            key: Key::new(key),
            size,
            etag: None,
            version: None,
            modified: Some(1_000),
            class: Some("GLACIER_IR".into()),
            tier,
        }
    }

    fn fate(rules: config::Filter, key: &str) -> Fate {
        Filter::new(&rules, None)
            .unwrap()
            .fate(&object(key, 100, Tier::Online))
    }

    #[test]
    fn globs_choose_by_whole_key_or_by_last_segment() {
        let include = |glob: &str| config::Filter {
            include: vec![glob.into()],
            ..Default::default()
        };
        assert_eq!(fate(include("*.csv"), "a/b/c.csv"), Fate::Read);
        assert_eq!(fate(include("a/*.csv"), "a/b/c.csv"), Fate::Filtered);
        assert_eq!(fate(include("a/**"), "a/b/c.csv"), Fate::Read);
        let exclude = config::Filter {
            exclude: vec!["*.tmp".into()],
            ..Default::default()
        };
        assert_eq!(fate(exclude, "x.tmp"), Fate::Filtered);
    }

    #[test]
    fn sizes_dates_and_classes_choose() {
        let rules = |f: fn(&mut config::Filter)| {
            let mut rules = config::Filter::default();
            f(&mut rules);
            rules
        };
        assert_eq!(fate(rules(|r| r.min_size = Some(101)), "k"), Fate::Filtered);
        assert_eq!(fate(rules(|r| r.max_size = Some(100)), "k"), Fate::Read);
        assert_eq!(
            fate(rules(|r| r.modified_since = Some(1_001)), "k"),
            Fate::Filtered
        );
        let fee = |rules| {
            Filter::new(&rules, None)
                .unwrap()
                .fate(&object("k", 1, Tier::Fee))
        };
        assert_eq!(fee(rules(|_| ())), Fate::Archived);
        assert_eq!(
            fee(rules(|r| r.storage_classes = vec!["glacier_ir".into()])),
            Fate::Read
        );
    }

    #[test]
    fn every_key_is_in_exactly_one_shard() {
        for n in 0..200u32 {
            let key = format!("key-{n}");
            let mine = |i: u32| {
                Filter::new(&config::Filter::default(), Some((i, 3)))
                    .unwrap()
                    .fate(&object(&key, 1, Tier::Online))
            };
            assert_eq!((1..=3).filter(|i| mine(*i) == Fate::Read).count(), 1);
        }
    }

    #[test]
    fn a_bad_glob_names_itself() {
        let rules = config::Filter {
            include: vec!["a[".into()],
            ..Default::default()
        };
        assert!(Filter::new(&rules, None).unwrap_err().to_string().contains("a["));
    }
}
