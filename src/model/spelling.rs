//! The likeliest of known names for one that is none.

/// How alike two names must be, by Jaro and Winkler, to take one for the other mistyped.
const ALIKE: f64 = 0.8;

/// The known name that is most like `word`; `None` if none is like it.
pub(crate) fn nearest_of<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|known| (strsim::jaro_winkler(word, known), known))
        .filter(|(likeness, _)| *likeness > ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

/// `; did you mean "x"?` for the likeliest of `known`, or nothing.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest_of(word, known).map_or(String::new(), |near| format!("; did you mean {near:?}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_names_have_a_likeliest_and_others_none() {
        let known = ["email", "phone", "iban"];
        assert_eq!(nearest("emial", known.into_iter()), "; did you mean \"email\"?");
        assert_eq!(nearest("zzz", known.into_iter()), "");
    }
}
