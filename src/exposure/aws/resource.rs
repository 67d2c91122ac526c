//! Resources of policy statements: does a pattern cover the bucket itself, and which of its objects?

use crate::model::exposure::{Scope, ScopeKind, wildcard};

/// What a statement's resources cover of one bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Covered {
    /// The bucket itself (listing, settings).
    pub(super) bucket: bool,
    /// Objects.
    pub(super) objects: Vec<Scope>,
    /// A pattern that names another bucket or is no resource name, taken as covering everything.
    pub(super) odd: bool,
}

impl Covered {
    /// Everything.
    pub(super) fn everything() -> Self {
        Self {
            bucket: true,
            objects: vec![Scope::store()],
            odd: false,
        }
    }

    /// What the patterns cover of this bucket, or of the access points in front of it.
    pub(super) fn of(patterns: &[String], bucket: &str) -> Self {
        let mut covered = Self::default();
        for pattern in patterns {
            covered.add(&plain(pattern), bucket);
        }
        covered.objects.sort();
        covered.objects.dedup();
        let all = covered.objects.clone();
        covered
            .objects
            .retain(|s| !all.iter().any(|other| other != s && contains(other, s)));
        covered
    }

    fn add(&mut self, pattern: &str, bucket: &str) {
        if pattern.contains(":accesspoint/") {
            return self.add_access_point(pattern);
        }
        let arn = format!("arn:{}:s3:::{bucket}", partition(pattern));
        let itself = wildcard(pattern.as_bytes(), arn.as_bytes());
        let rest = residuals(pattern, &format!("{arn}/"));
        if !itself && rest.is_empty() {
            self.odd = true;
            self.bucket = true;
            self.objects.push(Scope::store());
        }
        self.bucket |= itself;
        self.objects.extend(rest.iter().map(|r| scope(r)));
    }

    /// `…:accesspoint/NAME` is the bucket's side, `…:accesspoint/NAME/object/KEY` the objects'.
    fn add_access_point(&mut self, pattern: &str) {
        match pattern.split_once("/object/") {
            Some((_, key)) => self.objects.push(scope(key)),
            None => self.bucket = true,
        }
        if pattern.ends_with('*') && !pattern.contains("/object/") {
            self.objects.push(Scope::store());
        }
    }
}

/// The partition that the pattern names (`aws-cn`), `aws` where it is a wildcard.
fn partition(pattern: &str) -> &str {
    let part = pattern
        .strip_prefix("arn:")
        .and_then(|rest| rest.split_once(':'))
        .map_or("aws", |(p, _)| p);
    if part.contains(['*', '?']) || part.is_empty() {
        "aws"
    } else {
        part
    }
}

/// A pattern with its policy variables (`${aws:username}`) as wildcards: the widest they can mean. `${*}`, `${?}` and
/// `${$}` stand for the literal characters; a wildcard is wider, so it stays the safe reading.
fn plain(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        out.push('*');
        rest = after.split_once('}').map_or("", |(_, tail)| tail);
    }
    out.push_str(rest);
    out
}

/// What is left of `pattern` after it has matched `prefix` in every possible way; empty where it cannot.
fn residuals<'a>(pattern: &'a str, prefix: &str) -> Vec<&'a str> {
    let bytes = pattern.as_bytes();
    let mut at: Vec<usize> = skip_stars(bytes, vec![0]);
    for c in prefix.bytes() {
        let mut next = Vec::new();
        for i in at {
            match bytes.get(i) {
                Some(b'*') => next.push(i),
                Some(&p) if p == c || p == b'?' => next.push(i + 1),
                _ => {}
            }
        }
        at = skip_stars(bytes, next);
    }
    // A `?` may have matched part of a character; such a place is no border of the text.
    at.into_iter().filter_map(|i| pattern.get(i..)).collect()
}

/// The places and those behind the stars on them, sorted, each once.
fn skip_stars(pattern: &[u8], places: Vec<usize>) -> Vec<usize> {
    let mut all = Vec::new();
    for mut i in places {
        all.push(i);
        while pattern.get(i) == Some(&b'*') {
            i += 1;
            all.push(i);
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// A key pattern as a scope.
fn scope(pattern: &str) -> Scope {
    let stem = pattern.trim_end_matches('*');
    match (stem.contains(['*', '?']), stem.len() < pattern.len()) {
        (false, true) if stem.is_empty() => Scope::store(),
        (false, true) => Scope::keys(ScopeKind::Prefix, stem),
        (false, false) => Scope::keys(ScopeKind::Object, pattern),
        (true, _) => Scope::keys(ScopeKind::Pattern, pattern),
    }
}

/// Whether everything in `inner` plainly lies in `outer` (conditions aside). Where it is not plain: no.
pub(super) fn contains(outer: &Scope, inner: &Scope) -> bool {
    let value = |s: &Scope| s.value.clone().unwrap_or_default();
    let inner_value = value(inner);
    match (outer.kind, inner.kind) {
        (ScopeKind::Store, _) => true,
        (_, ScopeKind::Store) => false,
        (_, ScopeKind::Object) => outer.covers(inner_value.as_bytes()),
        (ScopeKind::Prefix, ScopeKind::Prefix) => inner_value.starts_with(&value(outer)),
        (ScopeKind::Prefix, ScopeKind::Pattern) => {
            let literal = inner_value.split(['*', '?']).next().unwrap_or("");
            literal.starts_with(&value(outer))
        }
        (ScopeKind::Pattern, ScopeKind::Pattern) => pattern_contains(&value(outer), &inner_value),
        (ScopeKind::Pattern, ScopeKind::Prefix) => {
            pattern_contains(&value(outer), &format!("{inner_value}*"))
        }
        _ => false,
    }
}

/// Whether a pattern plainly matches whatever another does: where its stars alone swallow the other's wildcards.
fn pattern_contains(outer: &str, inner: &str) -> bool {
    outer == inner || (!outer.contains('?') && wildcard(outer.as_bytes(), inner.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pattern: &str) -> Covered {
        Covered::of(&[pattern.to_owned()], "b")
    }

    fn prefix(p: &str) -> Scope {
        Scope::keys(ScopeKind::Prefix, p)
    }

    #[test]
    fn a_bucket_and_its_objects_are_different_resources() {
        assert_eq!(
            of("arn:aws:s3:::b"),
            Covered {
                bucket: true,
                ..Covered::default()
            }
        );
        assert_eq!(
            of("arn:aws:s3:::b/*"),
            Covered {
                objects: vec![Scope::store()],
                ..Covered::default()
            }
        );
        assert_eq!(of("arn:aws:s3:::b*"), Covered::everything());
        assert_eq!(of("*"), Covered::everything());
        assert_eq!(of("arn:aws-cn:s3:::b/*").objects, [Scope::store()]);
    }

    #[test]
    fn scopes_are_as_narrow_as_the_pattern() {
        assert_eq!(of("arn:aws:s3:::b/public/*").objects, [prefix("public/")]);
        assert_eq!(
            of("arn:aws:s3:::b/a.csv").objects,
            [Scope::keys(ScopeKind::Object, "a.csv")]
        );
        assert_eq!(
            of("arn:aws:s3:::b/*.jpg").objects,
            [Scope::keys(ScopeKind::Pattern, "*.jpg")]
        );
        let spread = of("arn:aws:s3:::*/x/*").objects;
        assert_eq!(spread, [prefix("x/"), Scope::keys(ScopeKind::Pattern, "*/x/*")]);
        assert_eq!(
            of("arn:aws:s3:::b/home/${aws:username}/*").objects[0].kind,
            ScopeKind::Pattern
        );
    }

    #[test]
    fn another_bucket_is_taken_for_everything() {
        let covered = of("arn:aws:s3:::other/*");
        assert!(covered.odd && covered.bucket && covered.objects == [Scope::store()]);
    }

    #[test]
    fn access_points_have_their_own_names() {
        let arn = "arn:aws:s3:eu-west-1:123456789012:accesspoint/ap";
        assert_eq!(
            of(arn),
            Covered {
                bucket: true,
                ..Covered::default()
            }
        );
        assert_eq!(of(&format!("{arn}/object/p/*")).objects, [prefix("p/")]);
    }

    #[test]
    fn containment_is_claimed_only_where_plain() {
        let pattern = |p| Scope::keys(ScopeKind::Pattern, p);
        assert!(contains(&Scope::store(), &prefix("a/")));
        assert!(!contains(&prefix("a/"), &Scope::store()));
        assert!(contains(&prefix("a/"), &prefix("a/b/")) && !contains(&prefix("a/b/"), &prefix("a/")));
        assert!(contains(&prefix("a/"), &pattern("a/*.csv")) && !contains(&pattern("*.csv"), &prefix("a/")));
        assert!(contains(
            &pattern("*.csv"),
            &Scope::keys(ScopeKind::Object, "x.csv")
        ));
    }

    proptest::proptest! {
        #[test]
        fn what_a_pattern_contains_it_matches(outer in "[ab*?/]{0,6}", inner in "[ab*?/]{0,6}", key in "[ab/]{0,6}") {
            let matches = |p: &str| wildcard(p.as_bytes(), key.as_bytes());
            proptest::prop_assert!(!(pattern_contains(&outer, &inner) && matches(&inner)) || matches(&outer));
        }

        #[test]
        fn residuals_agree_with_the_matcher(pattern in "[ab*?/]{0,8}", key in "[ab/]{0,5}") {
            let by_rest = residuals(&pattern, "b/").iter().any(|r| wildcard(r.as_bytes(), key.as_bytes()));
            proptest::prop_assert_eq!(by_rest, wildcard(pattern.as_bytes(), format!("b/{key}").as_bytes()));
        }
    }
}
