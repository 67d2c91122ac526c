//! Which text-like format a text is in.

use crate::decode::csv::Layout;
use crate::decode::csv::dialect::{self, Expect};
use crate::decode::json::{self, Mode};

/// A text-like format and how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode) enum Shape {
    /// JSON in one of its customs.
    Json(Mode),
    /// Separated values.
    Csv(Layout),
    /// No structure.
    Text,
}

/// What a name lets expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hint {
    Table(u8),
    Json,
    JsonLines,
    /// Prose, markup, code or logs: never a table.
    Prose,
    None,
}

/// Endings of compressed objects, which say nothing about the content.
const WRAPPINGS: [&str; 8] = ["gz", "gzip", "zst", "zstd", "bz2", "bzip2", "xz", "tmp"];

/// Endings of texts that hold delimiters without being tables.
const PROSE: [&str; 47] = [
    "md",
    "rst",
    "tex",
    "log",
    "sql",
    "html",
    "htm",
    "xml",
    "xsd",
    "svg",
    "eml",
    "mbox",
    "yaml",
    "yml",
    "toml",
    "ini",
    "cfg",
    "conf",
    "env",
    "properties",
    "py",
    "js",
    "ts",
    "jsx",
    "tsx",
    "java",
    "scala",
    "kt",
    "go",
    "rs",
    "c",
    "h",
    "cc",
    "cpp",
    "hpp",
    "cs",
    "php",
    "rb",
    "pl",
    "sh",
    "ps1",
    "bat",
    "css",
    "vcf",
    "ics",
    "srt",
    "pem",
];

/// What a name claims about content that does not speak for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    Parquet,
    Text,
    Nothing,
}

/// What `name` claims.
pub(super) fn claim(name: &[u8]) -> Claim {
    match (Hint::of(name), &ending(name)[..]) {
        (_, "parquet" | "parq" | "pq") => Claim::Parquet,
        (Hint::None, "txt" | "text") => Claim::Text,
        (Hint::None, _) => Claim::Nothing,
        _ => Claim::Text,
    }
}

/// The last ending of a name that is not that of a compression, in small letters.
fn ending(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    let file = name.rsplit('/').next().unwrap_or_default();
    let endings = file.split('.').skip(1).filter(|part| !WRAPPINGS.contains(part));
    endings.last().unwrap_or_default().to_owned()
}

impl Shape {
    /// The shape of an object called `name` whose UTF-8 begins with `text`; `whole` says that nothing follows.
    pub(in crate::decode) fn of(text: &[u8], whole: bool, name: &[u8]) -> Self {
        let hint = Hint::of(name);
        if let Some(mode) = json::sniff(text, hint == Hint::JsonLines) {
            return Self::Json(mode);
        }
        let expect = match hint {
            Hint::Prose => return Self::Text,
            Hint::Table(delimiter) => Expect::Table(delimiter),
            _ => Expect::Anything,
        };
        match dialect::detect(text, whole, expect) {
            Some(dialect) => Self::Csv(Layout::of(text, whole, dialect)),
            None => Self::Text,
        }
    }
}

impl Hint {
    fn of(name: &[u8]) -> Self {
        match &ending(name)[..] {
            "csv" => Self::Table(b','),
            "tsv" | "tab" => Self::Table(b'\t'),
            "psv" => Self::Table(b'|'),
            "json" | "geojson" | "ipynb" => Self::Json,
            "jsonl" | "ndjson" | "jsonlines" | "ldjson" | "geojsonl" => Self::JsonLines,
            prose if PROSE.contains(&prose) => Self::Prose,
            _ => Self::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(name: &str, text: &str) -> &'static str {
        match Shape::of(text.as_bytes(), true, name.as_bytes()) {
            Shape::Json(Mode::Document) => "json",
            Shape::Json(Mode::Lines) => "jsonl",
            Shape::Csv(_) => "csv",
            Shape::Text => "text",
        }
    }

    #[test]
    fn content_decides_before_the_name() {
        assert_eq!(shape("data.csv", "{\"a\": 1}\n{\"a\": 2}\n"), "jsonl");
        assert_eq!(shape("data.json", "a,b\n1,2\n3,4\n5,6\n"), "csv");
        assert_eq!(shape("part-00000", "a|b\n1|2\n3|4\n"), "csv");
    }

    #[test]
    fn the_name_decides_where_content_leaves_a_choice() {
        assert_eq!(shape("a.csv", "email\na@b.example\n"), "csv");
        assert_eq!(shape("a.csv.gz", "email\na@b.example\n"), "csv");
        assert_eq!(shape("a.txt", "email\na@b.example\n"), "text");
        assert_eq!(shape("a.py", "a,b\nc,d\ne,f\ng,h\n"), "text");
        assert_eq!(shape("a.jsonl", "{\"a\": 1}\n"), "jsonl");
        assert_eq!(shape("a.json", "{\"a\": 1}\n"), "json");
    }
}
