//! S3 actions in policies: which permission each gives, and sets of them.

use crate::model::exposure::{Permission, wildcard};

/// Whether an action is about the bucket or about objects; a statement must name the matching resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Bucket,
    Object,
}

use Level::{Bucket, Object};
use Permission::{Administer, Delete, List, Read, ReadSettings, Write};

/// The actions that a bucket policy can grant, as the service authorization reference lists them, in lower case.
/// Changing tags, locks or anything else of an object counts as writing, changing any setting as administering.
const ACTIONS: &[(&str, Level, Permission)] = &[
    ("getobject", Object, Read),
    ("getobjectversion", Object, Read),
    ("getobjectversionforreplication", Object, Read),
    ("getobjecttorrent", Object, Read),
    ("getobjectversiontorrent", Object, Read),
    ("getobjectacl", Object, ReadSettings),
    ("getobjectversionacl", Object, ReadSettings),
    ("getobjecttagging", Object, ReadSettings),
    ("getobjectversiontagging", Object, ReadSettings),
    ("getobjectattributes", Object, ReadSettings),
    ("getobjectversionattributes", Object, ReadSettings),
    ("getobjectretention", Object, ReadSettings),
    ("getobjectlegalhold", Object, ReadSettings),
    ("listmultipartuploadparts", Object, ReadSettings),
    ("putobject", Object, Write),
    ("restoreobject", Object, Write),
    ("replicateobject", Object, Write),
    ("replicatetags", Object, Write),
    ("putobjecttagging", Object, Write),
    ("putobjectversiontagging", Object, Write),
    ("deleteobjecttagging", Object, Write),
    ("deleteobjectversiontagging", Object, Write),
    ("putobjectretention", Object, Write),
    ("putobjectlegalhold", Object, Write),
    ("bypassgovernanceretention", Object, Write),
    ("initiatereplication", Object, Write),
    ("updateobjectencryption", Object, Write),
    ("deleteobject", Object, Delete),
    ("deleteobjectversion", Object, Delete),
    ("replicatedelete", Object, Delete),
    ("abortmultipartupload", Object, Delete),
    ("putobjectacl", Object, Administer),
    ("putobjectversionacl", Object, Administer),
    ("objectowneroverridetobucketowner", Object, Administer),
    ("listbucket", Bucket, List),
    ("listbucketversions", Bucket, List),
    ("listbucketmultipartuploads", Bucket, List),
    ("getaccelerateconfiguration", Bucket, ReadSettings),
    ("getanalyticsconfiguration", Bucket, ReadSettings),
    ("getbucketabac", Bucket, ReadSettings),
    ("getbucketacl", Bucket, ReadSettings),
    ("getbucketcors", Bucket, ReadSettings),
    ("getbucketlocation", Bucket, ReadSettings),
    ("getbucketlogging", Bucket, ReadSettings),
    ("getbucketmetadatatableconfiguration", Bucket, ReadSettings),
    ("getbucketnotification", Bucket, ReadSettings),
    ("getbucketobjectlockconfiguration", Bucket, ReadSettings),
    ("getbucketownershipcontrols", Bucket, ReadSettings),
    ("getbucketpolicy", Bucket, ReadSettings),
    ("getbucketpolicystatus", Bucket, ReadSettings),
    ("getbucketpublicaccessblock", Bucket, ReadSettings),
    ("getbucketrequestpayment", Bucket, ReadSettings),
    ("getbuckettagging", Bucket, ReadSettings),
    ("getbucketversioning", Bucket, ReadSettings),
    ("getbucketwebsite", Bucket, ReadSettings),
    ("getencryptionconfiguration", Bucket, ReadSettings),
    ("getintelligenttieringconfiguration", Bucket, ReadSettings),
    ("getinventoryconfiguration", Bucket, ReadSettings),
    ("getlifecycleconfiguration", Bucket, ReadSettings),
    ("getmetricsconfiguration", Bucket, ReadSettings),
    ("getreplicationconfiguration", Bucket, ReadSettings),
    ("listtagsforresource", Bucket, ReadSettings),
    ("createbucketmetadatatableconfiguration", Bucket, Administer),
    ("deletebucket", Bucket, Administer),
    ("deletebucketmetadatatableconfiguration", Bucket, Administer),
    ("deletebucketpolicy", Bucket, Administer),
    ("deletebucketwebsite", Bucket, Administer),
    ("putaccelerateconfiguration", Bucket, Administer),
    ("putanalyticsconfiguration", Bucket, Administer),
    ("putbucketabac", Bucket, Administer),
    ("putbucketacl", Bucket, Administer),
    ("putbucketcors", Bucket, Administer),
    ("putbucketlogging", Bucket, Administer),
    ("putbucketnotification", Bucket, Administer),
    ("putbucketobjectlockconfiguration", Bucket, Administer),
    ("putbucketownershipcontrols", Bucket, Administer),
    ("putbucketpolicy", Bucket, Administer),
    ("putbucketpublicaccessblock", Bucket, Administer),
    ("putbucketrequestpayment", Bucket, Administer),
    ("putbuckettagging", Bucket, Administer),
    ("putbucketversioning", Bucket, Administer),
    ("putbucketwebsite", Bucket, Administer),
    ("putencryptionconfiguration", Bucket, Administer),
    ("putintelligenttieringconfiguration", Bucket, Administer),
    ("putinventoryconfiguration", Bucket, Administer),
    ("putlifecycleconfiguration", Bucket, Administer),
    ("putmetricsconfiguration", Bucket, Administer),
    ("putreplicationconfiguration", Bucket, Administer),
    ("tagresource", Bucket, Administer),
    ("untagresource", Bucket, Administer),
];

/// A set of actions: known ones as bits in table order, unknown ones as patterns with the permission assumed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Actions {
    known: u128,
    unknown: Vec<(String, Permission)>,
}

impl Actions {
    /// All known actions.
    pub(super) fn all() -> Self {
        Self {
            known: (1u128 << ACTIONS.len()) - 1,
            unknown: Vec::new(),
        }
    }

    /// The actions that match one of the patterns (`s3:Get*`, case-insensitive). A pattern that matches none is kept,
    /// with the permission that its verb suggests.
    pub(super) fn matching(patterns: &[String]) -> Self {
        let mut set = Self::default();
        for pattern in patterns {
            let pattern = pattern.to_ascii_lowercase();
            match bits(&pattern) {
                0 => set.unknown.push((pattern.clone(), guess(&pattern))),
                bits => set.known |= bits,
            }
        }
        set
    }

    /// Everything that matches none of the patterns.
    pub(super) fn not_matching(patterns: &[String]) -> Self {
        Self {
            known: Self::all().known & !Self::matching(patterns).known,
            unknown: Vec::new(),
        }
    }

    /// Those at this level; unknown ones count at both.
    pub(super) fn at(&self, level: Level) -> Self {
        let known = entries(self.known)
            .filter(|(_, (_, l, _))| *l == level)
            .fold(0, |set, (i, _)| set | 1 << i);
        Self {
            known,
            unknown: self.unknown.clone(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.known == 0 && self.unknown.is_empty()
    }

    /// Splits into what `denied` covers and what it leaves. An unknown action is covered by a pattern that matches it.
    pub(super) fn split(&self, denied: &Self, patterns: &[String]) -> (Self, Self) {
        let (covered, left): (Vec<_>, Vec<_>) = self.unknown.iter().cloned().partition(|(action, _)| {
            patterns
                .iter()
                .any(|p| wildcard(p.to_ascii_lowercase().as_bytes(), action.as_bytes()))
        });
        let both = self.known & denied.known;
        (
            Self {
                known: both,
                unknown: covered,
            },
            Self {
                known: self.known & !both,
                unknown: left,
            },
        )
    }

    /// The permissions that these give, worst first.
    pub(super) fn permissions(&self) -> Vec<Permission> {
        let known = entries(self.known).map(|(_, (_, _, p))| *p);
        let mut all: Vec<_> = known.chain(self.unknown.iter().map(|(_, p)| *p)).collect();
        all.sort();
        all.dedup();
        all
    }

    /// Whether a pattern was kept that matches no known action.
    pub(super) fn has_unknown(&self) -> bool {
        !self.unknown.is_empty()
    }
}

/// The table's entries in a set.
fn entries(known: u128) -> impl Iterator<Item = (usize, &'static (&'static str, Level, Permission))> {
    ACTIONS
        .iter()
        .enumerate()
        .filter(move |(i, _)| known >> i & 1 == 1)
}

/// The known actions that match a pattern in lower case.
fn bits(pattern: &str) -> u128 {
    let matches = |name: &str| wildcard(pattern.as_bytes(), format!("s3:{name}").as_bytes());
    ACTIONS
        .iter()
        .enumerate()
        .filter(|(_, (name, ..))| matches(name))
        .fold(0, |set, (i, _)| set | 1 << i)
}

/// What an action that is not in the table may give, by its verb. Another service's actions reach no object.
fn guess(pattern: &str) -> Permission {
    let Some(name) = pattern.strip_prefix("s3:") else {
        return ReadSettings;
    };
    if name.starts_with("list") {
        List
    } else if name.starts_with("get") || name.starts_with("head") || name.starts_with("describe") {
        if name.contains("object") {
            Read
        } else {
            ReadSettings
        }
    } else {
        Write
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(patterns: &[&str]) -> Actions {
        Actions::matching(&patterns.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn the_table_fits_its_bits_and_is_unique() {
        assert!(ACTIONS.len() < 128);
        let names: std::collections::BTreeSet<_> = ACTIONS.iter().map(|a| a.0).collect();
        assert_eq!(names.len(), ACTIONS.len());
    }

    #[test]
    fn patterns_give_permissions() {
        assert_eq!(set(&["s3:GetObject"]).permissions(), [Read]);
        assert_eq!(set(&["S3:getobject*"]).permissions(), [Read, ReadSettings]);
        assert_eq!(set(&["s3:List*"]).permissions(), [List, ReadSettings]);
        assert_eq!(
            set(&["*"]).permissions(),
            [Administer, Write, Delete, List, Read, ReadSettings]
        );
        assert_eq!(set(&["s3:Put?bject"]).permissions(), [Write]);
    }

    #[test]
    fn levels_are_kept_apart() {
        assert_eq!(
            set(&["s3:*"]).at(Bucket).permissions(),
            [Administer, List, ReadSettings]
        );
        assert_eq!(
            set(&["s3:*"]).at(Object).permissions(),
            [Administer, Write, Delete, Read, ReadSettings]
        );
    }

    #[test]
    fn unknown_actions_are_guessed_by_verb_and_stay() {
        assert_eq!(set(&["s3:GetObjectDream"]).permissions(), [Read]);
        assert_eq!(set(&["s3:ListDreams"]).permissions(), [List]);
        assert_eq!(set(&["s3:Frobnicate"]).permissions(), [Write]);
        assert_eq!(set(&["sns:Publish"]).permissions(), [ReadSettings]);
    }

    #[test]
    fn denying_one_action_leaves_its_neighbours() {
        let denied = ["s3:GetObject".to_owned()];
        let (gone, left) = set(&["s3:GetObject*"]).split(&Actions::matching(&denied), &denied);
        assert_eq!(gone.permissions(), [Read]);
        assert_eq!(
            left.permissions(),
            [Read, ReadSettings],
            "versions can still be read"
        );
        let all = ["s3:*".to_owned()];
        let (_, left) = set(&["s3:Frobnicate", "s3:GetObject"]).split(&Actions::matching(&all), &all);
        assert!(left.is_empty());
    }

    #[test]
    fn not_action_is_the_rest() {
        let rest = Actions::not_matching(&["s3:Delete*".to_owned(), "s3:Put*".to_owned()]);
        assert!(!rest.is_empty() && rest.permissions().contains(&Read));
    }
}
