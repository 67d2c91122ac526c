//! Parts of objects → the tables of a store.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{member_template, template};
use crate::model::id::hex;
use crate::model::profile::{ColumnProfile, TableKey, TableProfile};
use crate::model::report::Format;
use crate::model::tally::{ColumnTally, Merge, Tally};

/// One innermost file, decoded and tallied. Names are ready to be shown.
#[derive(Debug, Clone)]
pub struct Part {
    /// The member path, `!` between nested members; `None` for the object itself.
    pub member: Option<String>,
    /// What it was decoded as.
    pub format: Format,
    /// Rows.
    pub rows: u64,
    /// Decoded bytes.
    pub bytes: u64,
    /// Its columns.
    pub columns: Vec<PartColumn>,
}

/// One column of a part.
#[derive(Debug, Clone)]
pub struct PartColumn {
    /// Its path.
    pub path: String,
    /// Its type in the format's own word.
    pub kind: String,
    /// Its cells.
    pub cells: ColumnTally,
    /// What was found, by classifier.
    pub found: BTreeMap<String, Tally>,
    /// Classifiers that its name matches.
    pub named: Vec<String>,
}

/// The tables that one object adds to: merged into the store's only when the object was read for good.
#[derive(Debug, Default)]
pub struct TableBuilder {
    tables: BTreeMap<TableKey, TableProfile>,
}

impl TableBuilder {
    /// Adds a part of the object with this key.
    pub fn add(&mut self, key: &[u8], part: Part) {
        let key = TableKey {
            template: template(key),
            member: part.member.as_deref().map(member_template),
            format: part.format,
            schema: fingerprint(&part),
        };
        let table = self
            .tables
            .entry(key)
            .or_insert_with_key(|key| TableProfile::new(key.clone()));
        table.objects += 1;
        table.rows += part.rows;
        table.bytes += part.bytes;
        for column in part.columns {
            let profile = ColumnProfile {
                kind: column.kind,
                cells: column.cells,
                found: column.found,
                named: column
                    .named
                    .into_iter()
                    .map(|classifier| (classifier, 1))
                    .collect(),
            };
            table.columns.entry(column.path).or_default().merge(profile);
        }
    }

    /// The object's tables.
    pub fn finish(self) -> Vec<TableProfile> {
        self.tables.into_values().collect()
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }
}

/// 80 bits of SHA-256 over the columns' paths and types. Formats without a schema of their own (JSON, text) have none:
/// optional fields would make a table of every shard.
fn fingerprint(part: &Part) -> String {
    if !matches!(part.format, Format::Parquet | Format::Csv | Format::Tsv) {
        return String::new();
    }
    let mut columns: Vec<(&str, &str)> = part
        .columns
        .iter()
        .map(|column| (column.path.as_str(), column.kind.as_str()))
        .collect();
    columns.sort_unstable();
    let mut hash = Sha256::new();
    for text in columns.iter().flat_map(|(path, kind)| [path, kind]) {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    hex(&hash.finalize()[..10])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(member: Option<&str>, columns: &[&str]) -> Part {
        let column = |path: &&str| PartColumn {
            path: path.to_string(),
            kind: "string".into(),
            cells: ColumnTally {
                cells: 2,
                ..ColumnTally::default()
            },
            found: BTreeMap::new(),
            named: Vec::new(),
        };
        Part {
            member: member.map(str::to_owned),
            format: Format::Csv,
            rows: 2,
            bytes: 10,
            columns: columns.iter().map(column).collect(),
        }
    }

    #[test]
    fn shards_of_one_schema_are_one_table_and_another_schema_is_another() {
        let mut tables = TableBuilder::default();
        tables.add(b"a/part-1.csv", part(None, &["x", "y"]));
        tables.add(b"a/part-2.csv", part(None, &["y", "x"]));
        tables.add(b"a/part-3.csv", part(None, &["x"]));
        tables.add(b"a/part-3.csv", part(Some("m1.csv"), &["x"]));
        let tables = tables.finish();
        assert_eq!(tables.len(), 3);
        let whole = tables.iter().find(|t| t.objects == 2).unwrap();
        assert_eq!(
            (whole.rows, whole.bytes, whole.columns["x"].cells.cells),
            (4, 20, 4)
        );
        assert!(tables.iter().any(|t| t.key.member.as_deref() == Some("m*.csv")));
    }
}
