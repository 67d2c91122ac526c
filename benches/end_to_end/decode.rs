//! The ceilings of the end-to-end bench: what the `parquet` and `csv` crates take to read a file, doing nothing else.
//!
//! usage: `decode parquet FILE` or `decode csv FILE`; prints rows and cells. Parquet is read through the Arrow reader,
//! every column, in batches of 8,192 rows; CSV as byte records into one reused record. The caller measures the process.

#![allow(clippy::print_stdout, reason = "a command-line tool")]

use std::fs::File;
use std::hint::black_box;
use std::io::BufReader;
use std::process::ExitCode;

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

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["parquet", path] => read_parquet(path),
        ["csv", path] => read_csv(path),
        _ => Err("usage: decode parquet|csv FILE".into()),
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
