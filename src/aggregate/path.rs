//! Column paths as reports write them: `$.customer.email`, `tags[*]`, `m{key}`, `['odd name']`.

/// One step of a column path, its name ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathStep {
    /// The document: `$`.
    Root,
    /// A named field.
    Name(String),
    /// The elements of a list.
    Items,
    /// The keys of a map.
    MapKey,
    /// The values of a map.
    MapValue,
    /// Any of very many keys.
    Folded,
    /// The text of an object without a structure.
    Text,
}

/// The path of a column. Under a root, names outside `[A-Za-z_]\w*` are quoted; without one (Parquet, CSV) names stand
/// as they are, joined by dots.
pub fn column_path(steps: &[PathStep]) -> String {
    let rooted = steps.first() == Some(&PathStep::Root);
    let mut out = String::new();
    for step in steps {
        match step {
            PathStep::Root => out.push('$'),
            PathStep::Text => out.push_str("$text"),
            PathStep::Items => out.push_str("[*]"),
            PathStep::MapKey => out.push_str("{key}"),
            PathStep::MapValue => out.push_str("{value}"),
            PathStep::Folded => out.push_str(".*"),
            PathStep::Name(name) if rooted && !is_plain(name) => out.push_str(&quoted(name)),
            PathStep::Name(name) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(name);
            }
        }
    }
    out
}

fn is_plain(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn quoted(name: &str) -> String {
    format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use PathStep::*;

    fn name(n: &str) -> PathStep {
        Name(n.into())
    }

    #[test]
    fn paths_are_written_as_the_formats_do() {
        assert_eq!(
            column_path(&[Root, name("customer"), name("email")]),
            "$.customer.email"
        );
        assert_eq!(
            column_path(&[Root, name("a b"), Items, name("it's")]),
            r"$['a b'][*]['it\'s']"
        );
        assert_eq!(column_path(&[name("a"), name("b")]), "a.b");
        assert_eq!(column_path(&[name("tags"), Items]), "tags[*]");
        assert_eq!(column_path(&[name("m"), MapKey]), "m{key}");
        assert_eq!(column_path(&[Root, name("m"), Folded]), "$.m.*");
        assert_eq!(column_path(&[Text]), "$text");
        assert_eq!(column_path(&[name("first name")]), "first name");
    }
}
