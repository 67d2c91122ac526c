//! Hostile and broken files, made where a test needs them: archives, compressed streams, a Parquet file.

use std::io::Write as _;
use std::sync::Arc;

use lakewarden::arrow::array::{ArrayRef, StringArray};
use lakewarden::arrow::datatypes::{DataType, Field, Schema};
use lakewarden::arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;

/// A gzip stream of one member.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A tar archive (POSIX ustar) of these members.
pub(crate) fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, bytes) in members {
        let mut header = [0u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..108].copy_from_slice(b"0000644\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", bytes.len()).as_bytes());
        header[136..148].copy_from_slice(b"00000000000\0");
        header[148..156].copy_from_slice(b"        ");
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        archive.extend_from_slice(&header);
        archive.extend_from_slice(bytes);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}

/// An archive in an archive in an archive, `depth` deep; in the innermost a text.
pub(crate) fn nested_tar(depth: usize, text: &[u8]) -> Vec<u8> {
    (0..depth).fold(tar(&[("note.txt", text)]), |inner, _| {
        tar(&[("again.tar", &inner)])
    })
}

/// A Parquet file of text columns.
pub(crate) fn parquet_of(columns: &[(&str, &[&str])]) -> Vec<u8> {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, _)| Field::new(*name, DataType::Utf8, true))
        .collect();
    let arrays = columns
        .iter()
        .map(|(_, cells)| Arc::new(StringArray::from(cells.to_vec())) as ArrayRef)
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), arrays).unwrap();
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, schema, None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file
}
