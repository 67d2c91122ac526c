//! Borrowed forms of stores and tables that leave parts out. Each is taken apart field by field, so that a new field
//! of the model cannot be forgotten.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::door::Door;
use crate::model::exposure::Exposure;
use crate::model::id::{Provider, StoreUri, TableId};
use crate::model::report::{
    Amount, Column, Coverage, Detail, Format, Object, Settings, Store, Subjects, Table,
};
use crate::model::risk::{Combination, Risk, Sensitivity};

/// A store as deep as asked for.
#[derive(Serialize)]
pub(super) struct StoreView<'a> {
    uri: &'a StoreUri,
    provider: Provider,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    labels: &'a BTreeMap<String, String>,
    settings: &'a Settings,
    exposure: &'a Exposure,
    sensitivity: Sensitivity,
    risk: &'a Risk,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    doors: &'a [Door],
    subjects: &'a Subjects,
    clean: Amount,
    coverage: &'a Coverage,
    #[serde(skip_serializing_if = "Option::is_none")]
    tables: Option<&'a [Table]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    objects: Option<&'a [Object]>,
}

impl<'a> StoreView<'a> {
    /// Without tables and objects at all.
    pub(super) fn alone(store: &'a Store) -> Self {
        let Store {
            uri,
            provider,
            account,
            region,
            labels,
            settings,
            exposure,
            sensitivity,
            risk,
            doors,
            subjects,
            clean,
            coverage,
            tables: _,
            objects: _,
        } = store;
        Self {
            uri,
            provider: *provider,
            account: account.as_deref(),
            region: region.as_deref(),
            labels,
            settings,
            exposure,
            sensitivity: *sensitivity,
            risk,
            doors,
            subjects,
            clean: *clean,
            coverage,
            tables: None,
            objects: None,
        }
    }

    /// With another form of the exposure.
    pub(super) fn with_exposure(self, exposure: &'a Exposure) -> Self {
        Self { exposure, ..self }
    }

    /// With as many tables and objects as the detail asks for; the lists are always there.
    pub(super) fn detailed(store: &'a Store, detail: Detail) -> Self {
        let tables: &[Table] = if detail >= Detail::Tables {
            &store.tables
        } else {
            &[]
        };
        let objects = worst_objects(store, detail);
        Self {
            tables: Some(tables),
            objects: Some(objects),
            ..Self::alone(store)
        }
    }
}

/// The objects that the detail asks for.
pub(super) fn worst_objects(store: &Store, detail: Detail) -> &[Object] {
    const SHOWN: usize = 100;
    match detail {
        Detail::Objects => &store.objects[..store.objects.len().min(SHOWN)],
        Detail::Stores | Detail::Tables => &[],
    }
}

/// A table whose findings are written elsewhere.
#[derive(Serialize)]
pub(super) struct TableView<'a> {
    id: &'a TableId,
    template: &'a str,
    format: Format,
    objects: u64,
    rows: u64,
    bytes: u64,
    sensitivity: Sensitivity,
    risk: &'a Risk,
    columns: Vec<ColumnView<'a>>,
    combinations: &'a [Combination],
}

/// A column whose findings are written elsewhere.
#[derive(Serialize)]
struct ColumnView<'a> {
    path: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    rows: u64,
    nulls: u64,
    empty: u64,
}

impl<'a> From<&'a Table> for TableView<'a> {
    fn from(table: &'a Table) -> Self {
        let Table {
            id,
            template,
            format,
            objects,
            rows,
            bytes,
            sensitivity,
            risk,
            columns,
            combinations,
        } = table;
        Self {
            id,
            template,
            format: *format,
            objects: *objects,
            rows: *rows,
            bytes: *bytes,
            sensitivity: *sensitivity,
            risk,
            columns: columns.iter().map(ColumnView::from).collect(),
            combinations,
        }
    }
}

impl<'a> From<&'a Column> for ColumnView<'a> {
    fn from(column: &'a Column) -> Self {
        let Column {
            path,
            kind,
            rows,
            nulls,
            empty,
            findings: _,
        } = column;
        Self {
            path,
            kind,
            rows: *rows,
            nulls: *nulls,
            empty: *empty,
        }
    }
}
