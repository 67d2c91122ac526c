//! `html`: the exposure map as one self-contained page. It asks the network for nothing, runs only its own script (by
//! hash), and shows hostile names as text. At most 20 MB: what does not fit is left out least urgent first, details
//! before stores, and the page says so.

mod budget;

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::out::Out;
use super::view::{StoreView, worst_objects};
use super::{Error, Format, Head, Options, Sink, Tail, digest};
use crate::model::exposure::Exposure;
use crate::model::report::{
    self as model, Column, Control, Coverage, Decision, Detail, Object, Run, Schema, SkippedObject, Store,
    Summary, Table, Tool,
};
use crate::model::risk::{Combination, Risk, Sensitivity};
use budget::{Budget, Entry};

pub(super) const FORMAT: Format = Format {
    name: "html",
    about: "the exposure map as one self-contained page",
    open: |out, options| Box::new(Html::new(out, *options)),
};

const PAGE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = concat!(
    include_str!("html/base.js"),
    include_str!("html/overview.js"),
    include_str!("html/stores.js"),
    include_str!("html/detail.js"),
    include_str!("html/treemap.js"),
    include_str!("html/page.js"),
);

/// Bytes of stores; the rest of the 20 MB is for the page itself, skips and summary.
const STORE_BYTES: usize = 18_000_000;
/// Bytes of skips.
const SKIP_BYTES: usize = 1_000_000;
/// Tables of one store, the worst ones.
const TABLES: usize = 200;
/// Grants, reasons and remedies of one store.
const GROUNDS: usize = 50;

struct Html {
    out: Out,
    detail: Detail,
    head: String,
    stores: Budget,
    skips: String,
    skips_shown: u64,
    skips_total: u64,
}

impl Html {
    fn new(out: Box<dyn Write + Send>, options: Options) -> Self {
        Self {
            out: Out::new(out),
            detail: options.detail,
            head: String::new(),
            stores: Budget::new(STORE_BYTES),
            skips: String::new(),
            skips_shown: 0,
            skips_total: 0,
        }
    }

    /// The page's data after what `begin` wrote.
    fn write_data(&mut self, tail: &Tail<'_>) -> Result<(), Error> {
        self.out.text(&self.head)?;
        self.out.text(",\"stores\":[")?;
        for (i, entry) in self.stores.entries().enumerate() {
            self.out.text(if i == 0 { "\n" } else { ",\n" })?;
            self.out.text(&entry)?;
        }
        self.out.text(&format!(
            "],\n\"omitted\":{},\"skips\":[{}",
            self.stores.omitted(),
            self.skips
        ))?;
        let end = End {
            skips_total: self.skips_total,
            controls: tail.controls,
            coverage: tail.coverage,
            decision: tail.decision,
            summary: tail.summary,
        };
        self.out.text("],")?;
        self.out.text(&inside(&script_json(&end)?))?;
        self.out.text("}")
    }
}

impl Sink for Html {
    fn begin(&mut self, head: &Head<'_>) -> Result<(), Error> {
        let start = Start {
            schema: Schema::V1,
            tool: head.tool,
            run: head.run,
            // JavaScript numbers end at 2^53.
            seed: head.run.seed.to_string(),
            detail: self.detail,
        };
        self.head = format!("{{{}", inside(&script_json(&start)?));
        Ok(())
    }

    fn store(&mut self, store: &Store) -> Result<(), Error> {
        let (urgency, uri) = digest::urgency(store);
        let exposure = lean(&store.exposure);
        let base = inside(&script_json(&PageStore::new(store, &exposure))?);
        let detail = match self.detail {
            Detail::Stores => None,
            detail => Some(inside(&script_json(&PageTables::new(store, detail))?)),
        };
        self.stores.push(Entry {
            order: (urgency, uri.to_owned()),
            base,
            detail,
        });
        Ok(())
    }

    fn skip(&mut self, skip: &SkippedObject) -> Result<(), Error> {
        self.skips_total += 1;
        let json = script_json(skip)?;
        // Once one does not fit none follows: the list shown is the first part of the whole.
        if self.skips_shown + 1 == self.skips_total && self.skips.len() + json.len() < SKIP_BYTES {
            self.skips
                .push_str(if self.skips.is_empty() { "\n" } else { ",\n" });
            self.skips.push_str(&json);
            self.skips_shown += 1;
        }
        Ok(())
    }

    fn finish(&mut self, tail: &Tail<'_>) -> Result<(), Error> {
        for part in PAGE.split_inclusive("}}") {
            let (text, slot) = part.split_once("{{").unwrap_or((part, ""));
            self.out.text(text)?;
            match slot {
                "policy}}" => self.out.text(&policy())?,
                "style}}" => self.out.text(STYLE)?,
                "data}}" => self.write_data(tail)?,
                "script}}" => self.out.text(SCRIPT)?,
                _ => {}
            }
        }
        self.out.flush()
    }
}

/// The content security policy: nothing but this page's own style and script, each by its hash.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// JSON that cannot end the script element it stands in, whatever the strings hold.
fn script_json(value: &impl Serialize) -> Result<String, Error> {
    let json = serde_json::to_string(value)?;
    Ok(json
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026"))
}

/// A JSON object without its braces, to be joined with others.
fn inside(object: &str) -> String {
    object
        .trim_start_matches('{')
        .strip_suffix('}')
        .unwrap_or(object)
        .to_owned()
}

#[derive(Serialize)]
struct Start<'a> {
    schema: Schema,
    tool: &'a Tool,
    run: &'a Run,
    seed: String,
    detail: Detail,
}

#[derive(Serialize)]
struct End<'a> {
    skips_total: u64,
    controls: &'a [Control],
    coverage: &'a Coverage,
    decision: Option<&'a Decision>,
    summary: &'a Summary,
}

/// An exposure whose lists are short enough for a page.
fn lean(exposure: &Exposure) -> Exposure {
    let mut lean = exposure.clone();
    lean.grants.truncate(GROUNDS);
    lean.reasons.truncate(GROUNDS);
    lean.remedies.truncate(GROUNDS);
    lean
}

/// What the page always has of a store.
#[derive(Serialize)]
struct PageStore<'a> {
    #[serde(flatten)]
    store: StoreView<'a>,
    holds: Vec<digest::Holding>,
    tables_total: usize,
    grants_total: usize,
}

impl<'a> PageStore<'a> {
    fn new(store: &'a Store, exposure: &'a Exposure) -> Self {
        Self {
            store: StoreView::alone(store).with_exposure(exposure),
            holds: digest::holdings(store),
            tables_total: store.tables.len(),
            grants_total: store.exposure.grants.len(),
        }
    }
}

/// What the page has of a store while there is room.
#[derive(Serialize)]
struct PageTables<'a> {
    tables: Vec<PageTable<'a>>,
    objects: &'a [Object],
}

impl<'a> PageTables<'a> {
    fn new(store: &'a Store, detail: Detail) -> Self {
        let mut tables: Vec<&Table> = store.tables.iter().collect();
        tables.sort_by(|a, b| {
            b.sensitivity
                .cmp(&a.sensitivity)
                .then_with(|| a.template.cmp(&b.template))
        });
        let tables = tables.into_iter().take(TABLES).map(PageTable::from).collect();
        Self {
            tables,
            objects: worst_objects(store, detail),
        }
    }
}

/// A table with those of its columns that something was found in.
#[derive(Serialize)]
struct PageTable<'a> {
    template: &'a str,
    format: model::Format,
    objects: u64,
    rows: u64,
    bytes: u64,
    sensitivity: Sensitivity,
    risk: &'a Risk,
    columns: Vec<&'a Column>,
    columns_total: usize,
    combinations: Vec<&'static str>,
}

impl<'a> From<&'a Table> for PageTable<'a> {
    fn from(table: &'a Table) -> Self {
        Self {
            template: &table.template,
            format: table.format,
            objects: table.objects,
            rows: table.rows,
            bytes: table.bytes,
            sensitivity: table.sensitivity,
            risk: &table.risk,
            columns: table.columns.iter().filter(|c| !c.findings.is_empty()).collect(),
            columns_total: table.columns.len(),
            combinations: table
                .combinations
                .iter()
                .map(|c: &Combination| c.describe())
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_string_can_end_the_script() {
        let json = script_json(&["</script><!-- <b>&amp;\u{2028}"]).unwrap();
        assert!(!json.contains(['<', '>', '&']));
        let back: Vec<String> = serde_json::from_str(&json).unwrap();
        assert_eq!(back, ["</script><!-- <b>&amp;\u{2028}"]);
    }

    #[test]
    fn nothing_in_the_page_can_end_its_own_elements_or_reach_the_network() {
        assert!(!STYLE.contains("</") && !STYLE.contains("@import") && !STYLE.contains("url("));
        assert!(!SCRIPT.contains("</"));
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "fetch(",
            "XMLHttp",
            "http:",
            "https:",
        ] {
            assert!(!SCRIPT.contains(word), "{word}");
        }
        assert_eq!(PAGE.matches("{{").count(), 4);
    }
}
