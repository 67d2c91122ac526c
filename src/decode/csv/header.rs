//! Whether the first record names the columns, and which names columns get.

use std::collections::HashSet;

/// The longest field that can be a name.
const NAME: usize = 256;

/// Whether the first of these records is a header: it looks like names, and not like the records below it. More columns must hold
/// other things than what heads them than have it again below: a column `Attended` may say `Attended`.
pub(in crate::decode) fn has_header(records: &[Vec<Vec<u8>>]) -> bool {
    let Some((first, rest)) = records.split_first() else {
        return false;
    };
    let named = first.iter().filter(|field| !field.is_empty()).count();
    let columns = 0..first.len();
    let recurring = columns
        .clone()
        .filter(|column| recurs(first, rest, *column))
        .count();
    let contrasting = columns.filter(|column| contrasts(first, rest, *column)).count();
    named * 2 >= first.len().max(1)
        && first.iter().all(|field| is_name(field))
        && (recurring < contrasting
            || recurring == 0 && (contrasting > 0 || says_so(first) || !is_alike(first, rest)))
}

/// Whether a field can be a column's name: not too long, begins like a word, and is no value by its look.
fn is_name(field: &[u8]) -> bool {
    let field = field.trim_ascii();
    let digits = field.iter().filter(|b| b.is_ascii_digit()).count();
    let value_like = field.contains(&b'@') || digits > 6 || (digits > 4 && digits * 2 > field.len());
    let begins =
        |b: &u8| b.is_ascii_alphabetic() || *b >= 0x80 || matches!(b, b'_' | b'#' | b'$' | b'(' | b'%');
    field.is_empty() || (field.len() <= NAME && !value_like && begins(&field[0]) && !is_literal(field))
}

/// Words that are values of any column.
fn is_literal(field: &[u8]) -> bool {
    let literals: [&[u8]; 5] = [b"true", b"false", b"null", b"none", b"nan"];
    literals.iter().any(|literal| field.eq_ignore_ascii_case(literal))
}

/// A value of the first record that comes again below itself is a value; but tables that were joined repeat their
/// headers.
fn recurs(first: &[Vec<u8>], rest: &[Vec<Vec<u8>>], column: usize) -> bool {
    let value = &first[column];
    let again = |record: &&Vec<Vec<u8>>| record.get(column) == Some(value) && *record != first;
    !value.is_empty() && rest.iter().any(|record| again(&record))
}

/// Words that name columns far more often than they are values.
const COLUMN_WORDS: [&[u8]; 40] = [
    b"account",
    b"address",
    b"age",
    b"amount",
    b"birth",
    b"card",
    b"category",
    b"city",
    b"code",
    b"comment",
    b"company",
    b"country",
    b"currency",
    b"customer",
    b"date",
    b"description",
    b"email",
    b"first",
    b"gender",
    b"id",
    b"ip",
    b"key",
    b"last",
    b"mail",
    b"name",
    b"number",
    b"phone",
    b"postcode",
    b"price",
    b"region",
    b"sex",
    b"state",
    b"status",
    b"street",
    b"time",
    b"total",
    b"type",
    b"user",
    b"value",
    b"zip",
];

/// Whether some field holds a word that names columns.
fn says_so(first: &[Vec<u8>]) -> bool {
    let words = first
        .iter()
        .flat_map(|field| field.split(|b| !b.is_ascii_alphabetic()));
    words
        .map(<[u8]>::to_ascii_lowercase)
        .any(|word| COLUMN_WORDS.contains(&&word[..]))
}

/// Whether the first record is made of capitalised words as all the records below are: of names, likely, of people and
/// places. Without records below there is only its own look.
fn is_alike(first: &[Vec<u8>], rest: &[Vec<Vec<u8>>]) -> bool {
    let shapes: Vec<Vec<u8>> = first.iter().map(|field| shape(field)).collect();
    let proper = |shape: &Vec<u8>| shape.starts_with(b"Aa");
    let same = |record: &Vec<Vec<u8>>| record.iter().map(|field| shape(field)).eq(shapes.iter().cloned());
    shapes.iter().all(proper) && (rest.is_empty() || rest.iter().filter(|r| same(r)).count() * 2 > rest.len())
}

/// How a field is written: runs of capitals, small letters and digits each as one character.
fn shape(field: &[u8]) -> Vec<u8> {
    let class = |b: &u8| match b {
        b'A'..=b'Z' => b'A',
        b'a'..=b'z' | 0x80.. => b'a',
        b'0'..=b'9' => b'0',
        other => *other,
    };
    let mut shape: Vec<u8> = field.trim_ascii().iter().map(class).collect();
    shape.dedup();
    shape
}

/// Whether a column holds numbers, dates or addresses below a first field that is none.
fn contrasts(first: &[Vec<u8>], rest: &[Vec<Vec<u8>>], column: usize) -> bool {
    let valued = |field: &Vec<u8>| !field.is_empty() && !is_name(field);
    let below: Vec<_> = rest.iter().filter_map(|record| record.get(column)).collect();
    let values = below.iter().filter(|field| valued(field)).count();
    !first[column].is_empty() && !below.is_empty() && values * 2 > below.len()
}

/// The names of columns in the order they were first needed, unlike each other.
#[derive(Default)]
pub(in crate::decode) struct Names {
    used: HashSet<String>,
}

impl Names {
    /// The name of the column at 0-based `index`, headed `header`: as it stands, `name#2` for the second of that name,
    /// `#3` for the third column if it has none.
    pub(in crate::decode) fn name(&mut self, index: usize, header: &[u8]) -> String {
        let header = String::from_utf8_lossy(header.trim_ascii()).into_owned();
        let base = if header.is_empty() {
            format!("#{}", index + 1)
        } else {
            header
        };
        let mut name = base.clone();
        let mut times = 1;
        while !self.used.insert(name.clone()) {
            times += 1;
            name = format!("{base}#{times}");
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headed(text: &str) -> bool {
        let record = |line: &str| line.split(',').map(|field| field.as_bytes().to_vec()).collect();
        has_header(&text.lines().map(record).collect::<Vec<_>>())
    }

    #[test]
    fn names_over_values_are_a_header() {
        assert!(headed("id,full_name,email\n1,Ada Byron,ada@lab.example"));
        assert!(headed("Full Name,E-Mail Address\nAda,ada@lab.example"));
        assert!(headed(",name\n0,Ada\n1,Bob"), "an index column has no name");
        assert!(headed("name,name\na,b"), "names may repeat");
        assert!(headed("id,name\n1,a\nid,name\n2,b"), "joined tables");
        let said = "id,Attended,when\n1,Attended,2024-01-01\n2,no,2024-01-02";
        assert!(headed(said), "a value is called as its column");
    }

    #[test]
    fn numbered_columns_are_a_header() {
        assert!(headed("c0,c1,c10,c100\nx,2,3,4\ny,3,4,5"));
    }

    #[test]
    fn capitalised_words_over_the_same_are_values_unless_one_names_a_column() {
        assert!(!headed("Ada Byron,Rome\nBob Crane,Oslo\nCy Dent,Bonn"));
        assert!(headed("Full Name,Home\nAda Byron,Rome\nBob Crane,Oslo"));
        assert!(headed("who,where\nAda,Rome\nBob,Oslo"));
    }

    #[test]
    fn values_are_no_header() {
        assert!(!headed("1,Ada,ada@lab.example\n2,Bob,bob@lab.example"));
        assert!(!headed("2024-01-01,x\n2024-01-02,y"));
        assert!(!headed("red,small\nred,large\nblue,small"), "a value recurs");
        assert!(!headed("N/A,small,red\n17,small,red"), "more recur");
        assert!(!headed("Ada,true\nBob,false"));
        assert!(!headed(""));
    }

    #[test]
    fn names_are_made_unlike_each_other() {
        let mut names = Names::default();
        let headers: [&[u8]; 5] = [b"a", b"a", b"", b" a ", b"#3"];
        let got: Vec<String> = headers
            .iter()
            .enumerate()
            .map(|(i, h)| names.name(i, h))
            .collect();
        assert_eq!(got, ["a", "a#2", "#3", "a#3", "#3#2"]);
    }
}
