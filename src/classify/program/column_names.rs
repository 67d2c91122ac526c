//! What a column's name says of a classifier.

use std::ops::Range;

use crate::classify::registry::Classifier;
use crate::classify::validate;
use crate::model::risk::Category;

/// What a column's name says of a classifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Called {
    /// That it holds what is looked for.
    So,
    /// That it holds something else.
    Otherwise,
    /// Nothing.
    Nothing,
}

/// The names of the columns that hold what a classifier finds.
pub(crate) struct ColumnNames {
    own: Vec<ColumnName>,
    /// Those of columns of other things.
    others: Vec<ColumnName>,
}

impl ColumnNames {
    pub(super) fn of(classifier: &Classifier) -> Self {
        let context = &classifier.context;
        Self {
            own: [
                column_names(&context.columns),
                own_names(&context.keywords),
                issued_names(classifier),
            ]
            .concat(),
            others: column_names(&context.not_columns),
        }
    }

    /// What a column's name says of it. Names of other things count right before a name that could be either (`product_name`), behind
    /// it (`phone_type`), around it, and where there is none.
    pub(crate) fn say(&self, name: &Heard) -> Called {
        let places = |names: &[ColumnName]| -> Vec<Range<usize>> {
            names.iter().filter_map(|wanted| wanted.place_in(name)).collect()
        };
        let (so, others) = (places(&self.own), places(&self.others));
        let Some(last) = so.iter().map(|place| place.end).max() else {
            // An outer name says nothing of what is in it.
            return match others.iter().any(|other| other.end > name.own) {
                true => Called::Otherwise,
                false => Called::Nothing,
            };
        };
        let of_one = so.iter().all(|place| place.len() == 1);
        let before = |other: &Range<usize>| of_one && other.end + 1 == last;
        // A longer name says more than those that it holds: a first and last name are neither.
        let holds = |other: &Range<usize>, place: &Range<usize>| {
            other.start <= place.start && place.end <= other.end && other.len() > place.len()
        };
        let longer = |other: &Range<usize>| so.iter().all(|place| holds(other, place));
        match (others.iter()).any(|other| other.start >= last || before(other) || longer(other)) {
            true => Called::Otherwise,
            false => Called::So,
        }
    }
}

/// Keywords that columns are called by as well: those in other scripts and with accents are what people of one country call it.
fn own_names(keywords: &[String]) -> Vec<ColumnName> {
    let own = keywords.iter().filter(|keyword| !keyword.is_ascii());
    own.map(|keyword| ColumnName::of(keyword)).collect()
}

/// What columns are called that hold numbers of persons, whatever their country calls them.
const ISSUED: [&str; 18] = [
    "citizen_id",
    "document_no",
    "document_number",
    "government_id",
    "id_card_no",
    "id_card_number",
    "id_document",
    "id_no",
    "id_number",
    "identification_no",
    "identification_number",
    "identity_no",
    "identity_number",
    "national_code",
    "national_id",
    "national_number",
    "personal_code",
    "personal_id",
];

/// The share of random values that pass a check which tells numbers of persons from others.
pub(crate) const TELLING_RATE: f64 = 0.05;

/// Those names for a classifier of such numbers whose check tells them from other numbers.
fn issued_names(classifier: &Classifier) -> Vec<ColumnName> {
    let telling = classifier.validate.random_pass_rate <= TELLING_RATE;
    let names: &[&str] = match classifier.category {
        Category::NationalId if telling => &ISSUED,
        _ => &[],
    };
    names.iter().map(|name| ColumnName::of(name)).collect()
}

fn column_names(names: &[String]) -> Vec<ColumnName> {
    names.iter().map(|name| ColumnName::of(name)).collect()
}

/// A name of columns that hold a thing.
#[derive(Debug, Clone)]
struct ColumnName {
    words: Vec<String>,
    glued: String,
    /// Whether it is only this name, and not one that holds it.
    exact: bool,
    /// Whether its script does not part words.
    unparted: bool,
}

impl ColumnName {
    fn of(name: &str) -> Self {
        let words = words(name.trim_start_matches('='));
        let glued = words.concat();
        Self {
            exact: name.starts_with('='),
            unparted: glued.starts_with(|c: char| c >= '\u{2e80}'),
            words,
            glued,
        }
    }

    /// Where in a column's name this one stands as whole words, numbers and plurals at their ends aside (`phone2`,
    /// `phones`); in scripts that do not part words, anywhere.
    fn place_in(&self, name: &Heard) -> Option<Range<usize>> {
        let wanted = &self.words;
        let same = |run: &[String]| {
            run.len() == wanted.len() && run.iter().zip(wanted).all(|(word, wanted)| is_word(word, wanted))
        };
        let all = 0..name.words.len();
        if self.exact {
            let own = name.own..name.words.len();
            return (same(&name.words[own.clone()]) || is_word(&name.own_glued, &self.glued)).then_some(own);
        }
        if wanted.is_empty() {
            return None;
        }
        // The last is the nearest to what it is.
        if let Some(at) = name.words.windows(wanted.len()).rposition(same) {
            return Some(at..at + wanted.len());
        }
        let within = || self.unparted && name.words.iter().any(|word| word.contains(&self.glued));
        (is_word(&name.glued, &self.glued) || is_word(&name.own_glued, &self.glued) || within())
            .then_some(all)
    }
}

fn is_word(word: &str, wanted: &str) -> bool {
    let Some(rest) = word.strip_prefix(wanted) else {
        return false;
    };
    let rest = rest.trim_end_matches(|c: char| c.is_ascii_digit());
    rest.is_empty() || rest == "s" && wanted.len() > 2
}

/// A column's name as it is compared with those that classifiers know.
#[derive(Debug)]
pub(crate) struct Heard {
    words: Vec<String>,
    glued: String,
    /// Where the words of the last step of the path begin.
    own: usize,
    own_glued: String,
}

impl Heard {
    /// Of a column's path.
    pub(crate) fn of(path: &str) -> Self {
        let outer = path
            .rfind(['.', '['])
            .filter(|at| path[*at..].contains(char::is_alphanumeric));
        let (outer, own) = path.split_at(outer.unwrap_or(0));
        let (mut all, own) = (words(outer), words(own));
        let (from, own_glued) = (all.len(), own.concat());
        all.extend(own);
        Self {
            glued: all.concat(),
            words: all,
            own: from,
            own_glued,
        }
    }
}

/// The words of a name in lower case and without accents: split at anything but letters and digits, and where case or digits
/// change.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut previous = ' ';
    for c in name.chars() {
        if c.is_alphanumeric() {
            let camel = c.is_uppercase() && previous.is_lowercase();
            if camel || !previous.is_alphanumeric() || words.is_empty() {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                match validate::unaccented(c) {
                    Some(letters) => word.push_str(letters),
                    None => word.extend(c.to_lowercase().map(without_tonos)),
                }
            }
        }
        previous = c;
    }
    words
}

/// A small Greek letter without its accent; capitals mostly have none.
fn without_tonos(c: char) -> char {
    match c {
        'ά' => 'α',
        'έ' => 'ε',
        'ή' => 'η',
        'ί' | 'ϊ' | 'ΐ' => 'ι',
        'ό' => 'ο',
        'ύ' | 'ϋ' | 'ΰ' => 'υ',
        'ώ' => 'ω',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_split_into_words() {
        assert_eq!(words("customerSSN_no 2"), ["customer", "ssn", "no", "2"]);
        assert_eq!(words("E-mail"), ["e", "mail"]);
        assert_eq!(words("dateOfBirth"), ["date", "of", "birth"]);
        assert_eq!(words("NÚMERO Téléfono"), ["numero", "telefono"]);
        assert_eq!(words("Дата рождения"), ["дата", "рождения"]);
        assert!(words("--").is_empty());
    }
}
