//! Our engines, and the plain automaton that they are held against, as the comparison runs them: pass by pass.
//!
//! usage: `compare MODE CLASSIFIERS FILE BYTES`
//!
//! `CLASSIFIERS` is a folder of classifier files, or `-` for the built-in catalogue. The first `BYTES` of `FILE` are
//! scanned as text in pieces of 8 MiB that overlap as those of a scan do. Modes:
//!
//! - `hits:BACKEND` every match with start and end;
//! - `whole:BACKEND` the same with scores, context and tallies: what a scan does with decoded text;
//! - `lazy` regex-automata's lazy DFA of all patterns, every match end without its start, in `CLASSIFIERS` = a file
//!   of `name TAB regex` lines;
//! - `each` regex-automata's regexes one after the other over the same file, leftmost matches, for checking counts.
//!
//! `compare backends` prints the names of the backends that run here.
//!
//! Says in a line of JSON that it is ready; then, for every line on standard input, does passes for at least 0.2 s and
//! prints the CPU seconds of one with what it found.

#![allow(clippy::print_stdout, reason = "a command-line tool")]

use std::collections::BTreeMap;
use std::io::{BufRead, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use lakewarden::arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use lakewarden::classify::scan::{self, Backend, Hit, Scanner};
use lakewarden::classify::{Keyed, Place, Program, Worker, registry};
use lakewarden::model::cells::{CellBatch, Cells, ColumnId, Cut, Position, RowMap};
use lakewarden::model::tally::{Confidence, Merge as _};
use regex_automata::hybrid::dfa::{DFA, OverlappingState};
use regex_automata::util::syntax;
use regex_automata::{Input, MatchKind, meta};

type Failure = Box<dyn std::error::Error>;

/// What one pass found.
#[derive(Default)]
struct Found {
    /// Matches (or match ends, where an engine knows no more).
    spans: u64,
    /// Matches at the default confidence that stand against those that overlap them.
    findings: Option<u64>,
    /// By classifier or pattern.
    by_name: BTreeMap<String, u64>,
}

/// One engine ready to run over one text.
type Engine = Box<dyn FnMut() -> Result<Found, Failure>>;

/// As large as the pieces of a scan.
const PIECE: usize = 8 << 20;

/// The text in pieces, each a batch of one cell with its neighbours' bytes around it.
fn pieces(text: &Buffer, overlap: usize) -> Vec<CellBatch> {
    (0..text.len())
        .step_by(PIECE)
        .map(|from| {
            let to = (from + PIECE).min(text.len());
            let (start, end) = (from.saturating_sub(overlap), (to + overlap).min(text.len()));
            CellBatch {
                column: ColumnId(0),
                cells: Cells::Offsets64 {
                    offsets: OffsetBuffer::new(ScalarBuffer::from(vec![0, (end - start) as i64])),
                    values: text.slice_with_length(start, end - start),
                },
                nulls: None,
                rows: RowMap::Lines,
                cut: Cut {
                    before: (from - start) as u32,
                    after: (end - to) as u32,
                },
                at: Position {
                    byte: from as u64,
                    line: 1,
                },
            }
        })
        .collect()
}

/// The whole catalogue as a scan asks for it, or every match of what a folder holds.
fn program(classifiers: &str) -> Result<Program, Failure> {
    match classifiers {
        "-" => Ok(Program::compile_with(
            registry::built_in()?,
            &[],
            Confidence::Medium,
        )?),
        folder => Ok(Program::compile(registry::from_path(Path::new(folder))?)?),
    }
}

/// The names of the backends that run on this machine, the best first.
fn backends() -> Vec<&'static str> {
    let able = Backend::ALL
        .iter()
        .rev()
        .filter(|backend| backend.missing().is_none());
    able.map(|backend| backend.as_str()).collect()
}

/// The backend of that name, if it runs here.
fn backend(name: &str) -> Result<Backend, Failure> {
    let backend: Backend = name.parse()?;
    match backend.missing() {
        Some(why) => Err(why.into()),
        None => Ok(backend),
    }
}

/// Whether the piece owns the hit: it starts in the piece and not in what stands around it.
fn is_owned(batch: &CellBatch, hit: &Hit) -> bool {
    let len = batch.cells.scanned_bytes();
    (batch.cut.before as usize..len - batch.cut.after as usize).contains(&(hit.start as usize))
}

fn hits(backend: Backend, classifiers: &str, text: &Buffer) -> Result<Engine, Failure> {
    let program = program(classifiers)?;
    let mut scanner: Box<dyn Scanner> = scan::open(&program, backend)?;
    let batches = pieces(text, program.overlap());
    let mut hits = Vec::new();
    Ok(Box::new(move || {
        let mut counts = vec![0u64; program.classifiers().len()];
        for batch in &batches {
            hits.clear();
            scanner.scan(&batch.cells, &mut hits)?;
            hits.iter()
                .filter(|hit| is_owned(batch, hit))
                .for_each(|hit| counts[usize::from(hit.classifier)] += 1);
        }
        Ok(Found {
            spans: counts.iter().sum(),
            findings: None,
            by_name: named(&program, counts),
        })
    }))
}

fn whole(backend: Backend, classifiers: &str, text: &Buffer) -> Result<Engine, Failure> {
    let program = program(classifiers)?;
    let mut worker = Worker::with_backend(&program, &Keyed::from_secret(b"compare"), backend)?;
    let batches = pieces(text, program.overlap());
    let place = Place {
        object: Arc::from("text"),
        member: None,
    };
    Ok(Box::new(move || {
        let mut all = lakewarden::classify::BatchTally::default();
        for batch in &batches {
            all.merge(worker.batch(batch, &place, None)?);
        }
        let mut counts = vec![0u64; program.classifiers().len()];
        let mut found = Found {
            findings: Some(0),
            ..Found::default()
        };
        for (classifier, tally) in &all.found {
            let levels = &tally.levels;
            found.spans += levels.iter().map(|level| level.hits).sum::<u64>();
            let findings: u64 = levels.iter().skip(1).map(|level| level.hits).sum();
            counts[usize::from(*classifier)] += findings;
            found.findings = found.findings.map(|n| n + findings);
        }
        found.by_name = named(&program, counts);
        Ok(found)
    }))
}

fn named(program: &Program, counts: Vec<u64>) -> BTreeMap<String, u64> {
    let ids = program.classifiers().iter().map(|c| c.id.clone());
    ids.zip(counts).collect()
}

/// `name TAB regex` lines.
fn patterns(path: &str) -> Result<(Vec<String>, Vec<String>), Failure> {
    let text = std::fs::read_to_string(path)?;
    let pairs = text.lines().filter_map(|line| line.split_once('\t'));
    Ok(pairs
        .map(|(name, regex)| (name.to_owned(), regex.to_owned()))
        .unzip())
}

fn lazy(path: &str, text: Buffer) -> Result<Engine, Failure> {
    let (names, regexes) = patterns(path)?;
    let dfa = DFA::builder()
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .thompson(regex_automata::nfa::thompson::Config::new().utf8(false))
        .configure(
            DFA::config()
                .match_kind(MatchKind::All)
                .cache_capacity(512 << 20)
                .skip_cache_capacity_check(true),
        )
        .build_many(&regexes)?;
    let mut cache = dfa.create_cache();
    Ok(Box::new(move || {
        let mut counts = vec![0u64; names.len()];
        for piece in text.chunks(PIECE) {
            let (input, mut state) = (Input::new(piece), OverlappingState::start());
            loop {
                dfa.try_search_overlapping_fwd(&mut cache, &input, &mut state)?;
                match state.get_match() {
                    Some(found) => counts[found.pattern().as_usize()] += 1,
                    None => break,
                }
            }
        }
        Ok(counted(&names, counts))
    }))
}

fn each(path: &str, text: Buffer) -> Result<Engine, Failure> {
    let (names, regexes) = patterns(path)?;
    let regexes = regexes
        .iter()
        .map(|regex| {
            meta::Regex::builder()
                .syntax(syntax::Config::new().unicode(false).utf8(false))
                .build(regex)
                .map_err(Box::new)
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Box::new(move || {
        let counts = regexes
            .iter()
            .map(|regex| regex.find_iter(&text[..]).count() as u64);
        Ok(counted(&names, counts.collect()))
    }))
}

fn counted(names: &[String], counts: Vec<u64>) -> Found {
    Found {
        spans: counts.iter().sum(),
        findings: None,
        by_name: names.iter().cloned().zip(counts).collect(),
    }
}

/// Seconds of CPU time that this thread has used: what neighbours on the machine take does not count.
fn cpu_seconds() -> f64 {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    used.tv_sec as f64 + used.tv_nsec as f64 * 1e-9
}

/// Passes for at least this long are averaged.
const LEAST: f64 = 0.2;

fn serve(mut engine: Engine) -> Result<(), Failure> {
    for line in std::io::stdin().lock().lines() {
        line?;
        let start = cpu_seconds();
        let mut times = 0.0;
        let (found, used) = loop {
            let found = engine()?;
            times += 1.0;
            let used = cpu_seconds() - start;
            if used >= LEAST {
                break (found, used);
            }
        };
        let reply = serde_json::json!({
            "seconds": used / times, "spans": found.spans, "findings": found.findings, "by_name": found.by_name,
        });
        println!("{reply}");
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn run(args: &[&str]) -> Result<(), Failure> {
    if args == ["backends"] {
        println!("{}", serde_json::json!(backends()));
        return Ok(());
    }
    let [mode, classifiers, file, bytes] = args else {
        return Err("usage: compare MODE CLASSIFIERS FILE BYTES".into());
    };
    let mut text = Vec::new();
    std::fs::File::open(file)?
        .take(bytes.parse()?)
        .read_to_end(&mut text)?;
    let text = Buffer::from(text);
    let size = text.len();
    let engine = match mode.split_once(':') {
        Some(("hits", name)) => hits(backend(name)?, classifiers, &text)?,
        Some(("whole", name)) => whole(backend(name)?, classifiers, &text)?,
        None if *mode == "lazy" => lazy(classifiers, text)?,
        None if *mode == "each" => each(classifiers, text)?,
        _ => return Err(format!("there is no mode {mode:?}").into()),
    };
    println!("{}", serde_json::json!({ "info": mode, "bytes": size }));
    serve(engine)
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("{}", serde_json::json!({ "failed": why.to_string() }));
            ExitCode::FAILURE
        }
    }
}
