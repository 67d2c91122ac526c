//! Whether the first record names the columns, and which names columns get.

use std::collections::HashSet;

/// The longest field that can be a name.
const NAME: usize = 256;

/// Whether the first of these records is a header: it looks like names, and not like the records below it.
pub(in crate::decode) fn has_header(records: &[Vec<Vec<u8>>]) -> bool {
    let Some((first, rest)) = records.split_first() else {
        return false;
    };
    let named = first.iter().filter(|field| !field.is_empty()).count();
    named * 2 >= first.len().max(1)
        && first.iter().all(|field| is_name(field))
        && !(0..first.len()).any(|column| recurs(first, rest, column))
        && (is_styled(first) || contrasts(first, rest) || named == first.len())
}

/// Whether a field can be a column's name: not too long, begins like a word, and is no value by its look.
fn is_name(field: &[u8]) -> bool {
    let field = field.trim_ascii();
    let digits = field.iter().filter(|b| b.is_ascii_digit()).count();
    let value_like = field.contains(&b'@') || digits > 6 || digits * 2 > field.len();
    let begins =
        |b: &u8| b.is_ascii_alphabetic() || *b >= 0x80 || matches!(b, b'_' | b'#' | b'$' | b'(' | b'%');
    field.is_empty() || (field.len() <= NAME && !value_like && begins(&field[0]) && !is_literal(field))
}

/// Words that are values of any column.
fn is_literal(field: &[u8]) -> bool {
    let literals: [&[u8]; 5] = [b"true", b"false", b"null", b"none", b"nan"];
    literals.iter().any(|literal| field.eq_ignore_ascii_case(literal))
}

/// A value of the first record that comes again below itself is a value.
fn recurs(first: &[Vec<u8>], rest: &[Vec<Vec<u8>>], column: usize) -> bool {
    let value = &first[column];
    !value.is_empty() && rest.iter().any(|record| record.get(column) == Some(value))
}

/// Whether every name is written as identifiers are: one word, without spaces.
fn is_styled(first: &[Vec<u8>]) -> bool {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'$' | b'#');
    first.iter().all(|field| field.iter().all(plain))
}

/// Whether some column holds numbers, dates or addresses below a first field that is none.
fn contrasts(first: &[Vec<u8>], rest: &[Vec<Vec<u8>>]) -> bool {
    let valued = |field: &Vec<u8>| !field.is_empty() && !is_name(field);
    (0..first.len()).any(|column| {
        let below: Vec<_> = rest.iter().filter_map(|record| record.get(column)).collect();
        let values = below.iter().filter(|field| valued(field)).count();
        !below.is_empty() && values * 2 > below.len()
    })
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
    }

    #[test]
    fn values_are_no_header() {
        assert!(!headed("1,Ada,ada@lab.example\n2,Bob,bob@lab.example"));
        assert!(!headed("2024-01-01,x\n2024-01-02,y"));
        assert!(!headed("red,small\nred,large\nblue,small"), "a value recurs");
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
