//! Columns that are called a password, a secret or a token. In text such a value is found by the name before it; in a column
//! of that name it stands alone. So each cell is looked at once more as it would stand in text, behind its name.

use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};

use super::program::words;
use super::{ScanError, Scored, Worker};
use crate::model::cells::Cells;

/// What a column that holds credentials is called, in whatever case and however its words are joined. Not any `key`: tables
/// are full of keys that only tell their rows apart.
const CALLED: [&str; 20] = [
    "accesskey",
    "apikey",
    "authkey",
    "authorization",
    "contrasena",
    "credential",
    "encryptionkey",
    "hmackey",
    "kennwort",
    "masterkey",
    "motdepasse",
    "passphrase",
    "password",
    "passwd",
    "passwort",
    "privatekey",
    "pwd",
    "secret",
    "senha",
    "signingkey",
];

/// Names of it that are words of their own, since others hold them: a `tokenizer`.
const WORDS: [&str; 2] = ["token", "tokens"];

/// Steps of a path that are taken for the name: issuers are often named by an outer one.
const STEPS: usize = 3;
/// The longest name that leads to a value.
const LONGEST_NAME: usize = 64;
/// The longest cell that is looked at: the longest secrets that a name leads to are shorter.
const LONGEST_CELL: usize = 512;

/// The name of a column that holds credentials, as it leads to a value in text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading(Box<[u8]>);

/// A match behind a heading, at its place in the cell.
pub(super) struct Headed {
    pub(super) cell: u32,
    pub(super) scored: Scored,
}

impl Heading {
    /// The heading that the names on a column's path make, the column's own last; `None` if that does not say credentials.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let names: Vec<&str> = names.into_iter().collect();
        let own = words(names.last()?);
        let glued = own.concat();
        let called = CALLED.iter().any(|name| glued.contains(name))
            || own.iter().any(|word| WORDS.contains(&word.as_str()));
        called.then(|| {
            let name = names[names.len().saturating_sub(STEPS)..].join(".");
            let bytes = name.as_bytes();
            let bytes = &bytes[bytes.len().saturating_sub(LONGEST_NAME)..];
            Self([b"\n", bytes, b"=\""].concat().into())
        })
    }

    /// The cells as they stand in text, each behind the heading; of long ones nothing.
    fn lead(&self, cells: &Cells) -> Option<Cells> {
        let cells = match cells {
            Cells::Dict { values, .. } => values,
            plain => plain,
        };
        let (mut bytes, mut offsets) = (Vec::new(), vec![0i32]);
        for cell in 0..cells.len() {
            let text = cells.get(cell);
            if !text.is_empty() && text.len() <= LONGEST_CELL {
                bytes.extend_from_slice(&self.0);
                bytes.extend_from_slice(text);
                bytes.push(b'"');
            }
            offsets.push(i32::try_from(bytes.len()).ok()?);
        }
        Some(Cells::Offsets32 {
            offsets: OffsetBuffer::new(ScalarBuffer::from(offsets)),
            values: Buffer::from_vec(bytes),
        })
    }

    /// What is found in cells because of the heading, ordered by cell.
    pub(super) fn find(&self, worker: &mut Worker, cells: &Cells) -> Result<Vec<Headed>, ScanError> {
        let Some(led) = self.lead(cells) else {
            return Ok(Vec::new());
        };
        let (lead, mut hits) = (self.0.len(), Vec::new());
        worker.scanner.scan(&led, &mut hits)?;
        // What begins in the cell is found without it.
        hits.retain(|hit| (hit.start as usize) < lead && hit.end as usize > lead);
        let mut found = Vec::new();
        for run in hits.chunk_by(|a, b| a.cell == b.cell) {
            let text = led.get(run[0].cell as usize);
            let cell = lead..text.len() - 1;
            worker.nearby.reset();
            for hit in run {
                let scored = worker.score(text, hit);
                let inside = scored.filter(|s| s.span.start >= cell.start && s.span.end <= cell.end);
                found.extend(inside.map(|mut scored| {
                    scored.span.start -= lead;
                    scored.span.end -= lead;
                    Headed {
                        cell: hit.cell,
                        scored,
                    }
                }));
            }
        }
        worker.nearby.reset();
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::{Keyed, Place, Program, registry};
    use crate::model::cells::{CellBatch, ColumnId, Cut, Position, RowMap};
    use crate::model::tally::Confidence;

    /// How many cells hold what, at medium and above, in a column with this heading.
    fn found(heading: Option<&Heading>, cells: &[&str]) -> Vec<(String, u64)> {
        let program = Program::compile(registry::built_in().unwrap()).unwrap();
        let mut worker = Worker::new(&program, &Keyed::from_secret(b"heading")).unwrap();
        let mut offsets = vec![0i32];
        cells
            .iter()
            .for_each(|cell| offsets.push(offsets[offsets.len() - 1] + cell.len() as i32));
        let batch = CellBatch {
            column: ColumnId(0),
            cells: Cells::Offsets32 {
                offsets: OffsetBuffer::new(ScalarBuffer::from(offsets)),
                values: Buffer::from_vec(cells.concat().into_bytes()),
            },
            nulls: None,
            rows: RowMap::OnePerRow { first: 0 },
            cut: Cut::default(),
            at: Position::default(),
        };
        let place = Place {
            object: "t.csv".into(),
            member: None,
        };
        let tally = worker.batch(&batch, &place, heading).unwrap();
        let rows = tally.found.into_iter().map(|(index, tally)| {
            let id = program.classifiers()[usize::from(index)].id.clone();
            (id, tally.at_least(Confidence::Medium).rows)
        });
        rows.filter(|(_, rows)| *rows > 0).collect()
    }

    #[test]
    fn a_value_is_found_behind_its_name_only() {
        let cells = ["hT9!kz02Lq", "changeme1", "", "n/a", "Zq8#mmP0vT", "bluewhale9"];
        assert_eq!(found(None, &cells), []);
        let heading = Heading::of(["users", "dbPassword"]);
        assert_eq!(
            found(heading.as_ref(), &cells),
            [("generic_password".to_owned(), 3)]
        );
    }

    #[test]
    fn what_is_found_without_it_stays_what_it_is() {
        let cells = ["ana@harbour-mail.com", "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"];
        let heading = Heading::of(["token"]);
        assert!(heading.is_some());
        assert_eq!(found(heading.as_ref(), &cells), found(None, &cells));
    }

    #[test]
    fn only_names_that_say_credentials_make_one() {
        for name in [
            "password",
            "userPassword",
            "db_passwd",
            "API_KEY",
            "apiKey",
            "x-api-key",
            "client_secret",
            "refreshToken",
            "token",
            "Contraseña",
        ] {
            assert!(Heading::of([name]).is_some(), "{name}");
        }
        for name in [
            "key",
            "customer_key",
            "tokenizer",
            "author",
            "secretary_id",
            "passport",
            "compass",
            "",
        ] {
            let heading = Heading::of([name]);
            assert_eq!(heading.is_some(), name == "secretary_id", "{name}");
        }
        assert_eq!(Heading::of([]), None);
    }

    #[test]
    fn outer_names_lead_too() {
        let heading = Heading::of(["a", "b", "datadog", "api_key"]).unwrap();
        assert_eq!(&*heading.0, b"\nb.datadog.api_key=\"");
        assert_eq!(Heading::of(["password", "length"]), None);
    }
}
