//! The ceilings of the end-to-end bench: what a file takes to read and nothing else, and to read and match and nothing else.
//!
//! usage: `decode WHAT FILE`; prints rows and cells. The caller measures the process. WHAT is
//!
//! - `parquet`: the `parquet` crate's Arrow reader, every column, in batches of 8,192 rows;
//! - `csv`: the `csv` crate, byte records into one reused record;
//! - `json`: `serde_json`, each line into a value;
//! - `text`: reads the file, nothing more;
//! - `cells`: our own decoder, whatever the file is;
//! - `match`: our own decoder, and the built-in classifiers over its cells, on this thread, each tally dropped.

#![allow(clippy::print_stdout, reason = "a command-line tool")]

use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::process::ExitCode;
use std::sync::Arc;

use bytes::Bytes;
use lakewarden::classify::{Keyed, Place, Program, Worker, registry};
use lakewarden::decode::{self, Column, Decoder, Options, Piece, Segment, Step, Want};
use lakewarden::model::cells::CellBatch;
use lakewarden::model::tally::Confidence;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

type Outcome = Result<Counts, Box<dyn std::error::Error>>;

/// What was read.
#[derive(Default)]
struct Counts {
    rows: usize,
    cells: usize,
}

fn read_parquet(path: &str) -> Outcome {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?
        .with_batch_size(8192)
        .build()?;
    let mut counts = Counts::default();
    for batch in reader {
        let batch = black_box(batch?);
        counts.rows += batch.num_rows();
        counts.cells += batch.num_rows() * batch.num_columns();
    }
    Ok(counts)
}

fn read_csv(path: &str) -> Outcome {
    let input = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut reader = csv::Reader::from_reader(input);
    let mut record = csv::ByteRecord::new();
    let mut counts = Counts::default();
    while reader.read_byte_record(&mut record)? {
        counts.rows += 1;
        counts.cells += black_box(&record).len();
    }
    Ok(counts)
}

fn read_json(path: &str) -> Outcome {
    let mut input = BufReader::with_capacity(1 << 20, File::open(path)?);
    let (mut line, mut counts) = (Vec::new(), Counts::default());
    while input.read_until(b'\n', &mut line)? > 0 {
        black_box(serde_json::from_slice::<serde_json::Value>(&line)?);
        counts.rows += 1;
        line.clear();
    }
    Ok(counts)
}

fn read_text(path: &str) -> Outcome {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; PIECE];
    while black_box(file.read(&mut buffer)?) > 0 {}
    Ok(Counts::default())
}

/// As much as a scan reads at once.
const PIECE: usize = 4 << 20;

/// What our decoder gives.
enum Given<'a> {
    Column(&'a Column),
    Cells(&'a CellBatch),
}

/// Our decoder over a file; `each` takes what it gives.
struct Reading<F> {
    file: File,
    at: Option<u64>,
    each: F,
    counts: Counts,
}

impl<F: FnMut(Given<'_>) -> Result<(), Box<dyn std::error::Error>>> Reading<F> {
    fn drive(&mut self, decoder: &mut dyn Decoder) -> Result<(), Box<dyn std::error::Error>> {
        loop {
            match decoder.step()? {
                Step::Need(Want::Ranges(ranges)) => {
                    let pieces = ranges
                        .into_iter()
                        .map(|range| self.range(range))
                        .collect::<Result<_, _>>()?;
                    decoder.feed(Piece::Ranges(pieces));
                }
                Step::Need(Want::Stream { from }) => decoder.feed(self.next(from)?),
                Step::Cells(batch) => {
                    self.counts.cells += batch.cells.len();
                    (self.each)(Given::Cells(&batch))?;
                }
                Step::Column(column) => (self.each)(Given::Column(&column))?,
                Step::Split(parts) => parts
                    .into_iter()
                    .try_for_each(|mut part| self.drive(part.as_mut()))?,
                Step::Close(close) => self.counts.rows += close.rows as usize,
                Step::Done => return Ok(()),
                _ => {}
            }
        }
    }

    fn range(&self, range: Range<u64>) -> std::io::Result<Bytes> {
        let mut bytes = vec![0; (range.end - range.start) as usize];
        self.file.read_exact_at(&mut bytes, range.start)?;
        Ok(bytes.into())
    }

    fn next(&mut self, from: u64) -> std::io::Result<Piece> {
        let at = self.at.get_or_insert(from);
        let mut bytes = vec![0; PIECE];
        let read = self.file.read_at(&mut bytes, *at)?;
        bytes.truncate(read);
        *at += read as u64;
        Ok(if read == 0 {
            Piece::End
        } else {
            Piece::Bytes(bytes.into())
        })
    }
}

fn read_ours(
    path: &str,
    overlap: usize,
    each: impl FnMut(Given<'_>) -> Result<(), Box<dyn std::error::Error>>,
) -> Outcome {
    let file = File::open(path)?;
    let options = Options {
        overlap,
        ..Options::default()
    };
    let mut decoder = decode::open(path.as_bytes(), Some(file.metadata()?.len()), &options);
    let mut reading = Reading {
        file,
        at: None,
        each,
        counts: Counts::default(),
    };
    reading.drive(decoder.as_mut())?;
    Ok(reading.counts)
}

fn program() -> Result<Program, Box<dyn std::error::Error>> {
    // As a scan asks for them.
    Ok(Program::compile_with(
        registry::built_in()?,
        &[],
        Confidence::Medium,
    )?)
}

fn read_cells(path: &str) -> Outcome {
    read_ours(path, program()?.overlap(), |given| {
        if let Given::Cells(batch) = given {
            black_box(batch);
        }
        Ok(())
    })
}

fn read_and_match(path: &str) -> Outcome {
    let program = program()?;
    let mut worker = Worker::new(&program, &Keyed::random()?)?;
    let place = Place {
        object: Arc::from(path),
        member: None,
    };
    let mut headings = Vec::new();
    read_ours(path, program.overlap(), |given| {
        match given {
            Given::Column(column) => {
                let name = |step: &Segment| match step {
                    Segment::Name(name) => Some(name.clone()),
                    _ => None,
                };
                let names: Vec<String> = column.path.iter().filter_map(name).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                headings.push(worker.heading(&names.join("."), &names));
            }
            Given::Cells(batch) => {
                let heading = headings.get(batch.column.0 as usize);
                let heading = heading.map(|heading| &**heading);
                black_box(worker.batch(batch, &place, heading)?);
            }
        }
        Ok(())
    })
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["parquet", path] => read_parquet(path),
        ["csv", path] => read_csv(path),
        ["json", path] => read_json(path),
        ["text", path] => read_text(path),
        ["cells", path] => read_cells(path),
        ["match", path] => read_and_match(path),
        _ => Err("usage: decode parquet|csv|json|text|cells|match FILE".into()),
    };
    match outcome {
        Ok(counts) => {
            println!("{} rows, {} cells", counts.rows, counts.cells);
            ExitCode::SUCCESS
        }
        Err(why) => {
            println!("failed: {why}");
            ExitCode::FAILURE
        }
    }
}
