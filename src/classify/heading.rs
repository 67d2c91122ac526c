//! What the name of a column says of its cells: which classifiers find what it is called, and whether it is a password, a
//! secret, a token or a card's security code. In text such a value is found by the name before it; in a column of that name
//! it stands alone. So each cell is looked at once more as it would stand in text, behind its name.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};

use super::program::{Called, Classifiers, Heard, Program, words};
use super::scan::{Hit, is_alone};
use super::{ScanError, Scored, Worker};
use crate::model::cells::Cells;

/// How the name of a column ends that holds credentials, in whatever case and however its words are joined. Not any `key`:
/// tables are full of keys that only tell their rows apart. What follows such a word is about it: a `password_changed_at`.
const CREDENTIALS: [&str; 27] = [
    "accesskey",
    "apikey",
    "authkey",
    "authorization",
    "cardsecuritycode",
    "contrasena",
    "credential",
    "credentials",
    "encryptionkey",
    "hmackey",
    "kennwort",
    "masterkey",
    "motdepasse",
    "passphrase",
    "password",
    "passwords",
    "passwd",
    "passwort",
    "privatekey",
    "pwd",
    "secret",
    "secretaccesskey",
    "secretkey",
    "secrets",
    "senha",
    "signingkey",
    "storagekey",
];

/// Last words of such names that others end with, too: a `broken`.
const LAST_WORDS: [&str; 8] = ["token", "tokens", "cvv", "cvv2", "cvc", "cvc2", "cvn", "cvn2"];

/// Words that may follow: the value itself is meant.
const ITSELF: [&str; 8] = ["code", "hash", "new", "old", "plain", "raw", "text", "value"];

/// Steps of a path that are taken for the name: issuers are often named by an outer one.
const STEPS: usize = 3;
/// The longest name that leads to a value.
const LONGEST_NAME: usize = 64;
/// The longest cell that is looked at: the longest secrets that a name leads to are shorter.
const LONGEST_CELL: usize = 512;

/// What the name of a column says of its cells.
#[derive(Clone, PartialEq, Eq)]
pub struct Heading {
    /// For a column that holds credentials, its name as it leads to a value in text.
    lead: Option<Box<[u8]>>,
    /// The classifiers that find what the column is called.
    named: Classifiers,
    /// Those of which whole cells are nothing here: no share of them makes the column what it is not called.
    idle: Classifiers,
}

/// Names may be data: they are not shown.
impl std::fmt::Debug for Heading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Heading")
            .field("leads", &self.lead.is_some())
            .finish_non_exhaustive()
    }
}

/// Headings that were worked out before: tables of the same columns come again and again.
#[derive(Default)]
pub(super) struct Headings(HashMap<(String, String), Arc<Heading>>);

/// Headings that are kept.
const KEPT: usize = 4096;

impl Headings {
    pub(super) fn of(&mut self, program: &Program, path: &str, names: &[&str]) -> Arc<Heading> {
        let key = (path.to_owned(), names.join("."));
        if let Some(known) = self.0.get(&key) {
            return known.clone();
        }
        if self.0.len() >= KEPT {
            self.0.clear();
        }
        let heading = Arc::new(Heading::of(program, path, names));
        self.0.insert(key, heading.clone());
        heading
    }
}

/// A match behind a heading, at its place in the cell.
pub(super) struct Headed {
    pub(super) cell: u32,
    pub(super) scored: Scored,
}

/// A name with its words parted where case does it: `card_Cvv`.
fn parted(name: &str) -> String {
    let mut parted = String::with_capacity(name.len() + 4);
    let mut lower = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && lower {
            parted.push('_');
        }
        lower = c.is_ascii_lowercase();
        parted.push(c);
    }
    parted
}

/// The name that leads to a value, of the names on a column's path; `None` if the last does not say credentials.
fn lead(names: &[&str]) -> Option<Box<[u8]>> {
    let own = words(names.last()?);
    let own = match own.split_last() {
        Some((last, before)) if !before.is_empty() && ITSELF.contains(&last.as_str()) => before,
        _ => &own[..],
    };
    let glued = own.concat();
    let glued = glued.trim_end_matches(|c: char| c.is_ascii_digit());
    let called = CREDENTIALS.iter().any(|name| glued.ends_with(name))
        || own.last().is_some_and(|word| LAST_WORDS.contains(&word.as_str()));
    called.then(|| {
        let name = parted(&names[names.len().saturating_sub(STEPS)..].join("."));
        let bytes = name.as_bytes();
        let bytes = &bytes[bytes.len().saturating_sub(LONGEST_NAME)..];
        [b"\n", bytes, b"=\""].concat().into()
    })
}

/// The cells as they stand in text, each behind the heading; of long ones nothing.
fn led(lead: &[u8], cells: &Cells) -> Option<Cells> {
    let cells = cells.values();
    let (mut bytes, mut offsets) = (Vec::new(), vec![0i32]);
    for cell in 0..cells.len() {
        let text = cells.get(cell);
        if !text.is_empty() && text.len() <= LONGEST_CELL {
            bytes.extend_from_slice(lead);
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

impl Heading {
    fn of(program: &Program, path: &str, names: &[&str]) -> Self {
        let rules = program.rules();
        let path = Heard::of(path);
        let named = Classifiers::of(rules, |rule| rule.names.say(&path) == Called::So);
        let by_name = Classifiers::of(rules, |rule| rule.by_name);
        Self {
            lead: lead(names),
            idle: by_name.without(&named),
            named,
        }
    }

    /// The classifiers whose whole cells [`Heading::sift`] drops, whatever they are.
    pub(super) fn idle(&self) -> &Classifiers {
        &self.idle
    }

    /// Drops whole cells of which nothing can come in a column that is not called so.
    pub(super) fn sift(&self, program: &Program, cells: &Cells, hits: &mut Vec<Hit>) {
        let cells = cells.values();
        hits.retain(|hit| {
            let rule = &program.rules()[usize::from(hit.classifier)];
            let idle = self.idle.contain(hit.classifier);
            if !idle && (rule.doubts.is_empty() || self.named.contain(hit.classifier)) {
                return true;
            }
            let cell = cells.get(hit.cell as usize);
            let matched = hit.value as usize..hit.end as usize;
            !is_alone(cell, matched.len()) || !idle && !rule.is_doubtful(&cell[matched])
        });
    }

    /// What is found in cells because of the heading, ordered by cell.
    pub(super) fn find(&self, worker: &mut Worker, cells: &Cells) -> Result<Vec<Headed>, ScanError> {
        let Some(lead) = &self.lead else {
            return Ok(Vec::new());
        };
        let Some(led) = led(lead, cells) else {
            return Ok(Vec::new());
        };
        let (lead, mut hits) = (lead.len(), Vec::new());
        worker.scanner.scan(&led, &mut hits)?;
        // What begins in the cell is found without it.
        hits.retain(|hit| (hit.start as usize) < lead && hit.end as usize > lead);
        let mut found = Vec::new();
        for run in hits.chunk_by(|a, b| a.cell == b.cell) {
            let text = led.get(run[0].cell as usize);
            let cell = lead..text.len() - 1;
            worker.begin_cell();
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
        worker.begin_cell();
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
    fn found(name: Option<&str>, cells: &[&str]) -> Vec<(String, u64)> {
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
        let heading = name.map(|name| worker.heading(name, &[name]));
        let tally = worker.batch(&batch, &place, heading.as_deref()).unwrap();
        let rows = tally.found.into_iter().map(|(index, tally)| {
            let id = program.classifiers()[usize::from(index)].id.clone();
            let found = tally.at_least(Confidence::Medium);
            assert_eq!(found.hits, found.rows, "{id} is found twice in a cell");
            (id, found.rows)
        });
        rows.filter(|(_, rows)| *rows > 0).collect()
    }

    #[test]
    fn a_value_is_found_behind_its_name_only() {
        let cells = ["hT9!kz02Lq", "changeme1", "", "n/a", "Zq8#mmP0vT", "bluewhale9"];
        assert_eq!(found(None, &cells), []);
        assert_eq!(
            found(Some("dbPassword"), &cells),
            [("generic_password".to_owned(), 3)]
        );
    }

    #[test]
    fn what_is_found_without_it_stays_what_it_is() {
        let cells = ["ana@harbour-mail.com", "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"];
        assert_eq!(found(Some("token"), &cells), found(None, &cells));
        let bot = ["110201543:AAHdqTcvCH1vGWJxfSe1ofSAs0K5PALDsaw"];
        assert_eq!(
            found(Some("telegram_bot_token"), &bot),
            [("telegram_token".to_owned(), 1)]
        );
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
            "password2",
            "passwordHash",
            "cvv_code",
        ] {
            assert!(lead(&[name]).is_some(), "{name}");
        }
        for name in [
            "key",
            "customer_key",
            "tokenizer",
            "author",
            "secretary_id",
            "passport",
            "compass",
            "password_changed_at",
            "secretArn",
            "token_count",
            "code",
            "",
        ] {
            assert_eq!(lead(&[name]), None, "{name}");
        }
        assert_eq!(lead(&[]), None);
    }

    #[test]
    fn outer_names_lead_too() {
        let lead_in = lead(&["a", "b", "datadog", "api_key"]).unwrap();
        assert_eq!(&*lead_in, b"\nb.datadog.api_key=\"");
        assert_eq!(lead(&["password", "length"]), None);
    }
}
