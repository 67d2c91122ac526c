//! The writer under every sink.

use std::io::{self, BufWriter, ErrorKind, Write};

use serde::Serialize;

use super::Error;

/// Buffers, and goes quiet for good when the reader closes its end of the pipe.
pub(super) struct Out(BufWriter<Quiet>);

impl Out {
    pub(super) fn new(inner: Box<dyn Write + Send>) -> Self {
        Self(BufWriter::with_capacity(
            64 * 1024,
            Quiet { inner, closed: false },
        ))
    }

    pub(super) fn text(&mut self, text: &str) -> Result<(), Error> {
        Ok(self.0.write_all(text.as_bytes())?)
    }

    pub(super) fn json(&mut self, value: &impl Serialize) -> Result<(), Error> {
        Ok(serde_json::to_writer(&mut self.0, value)?)
    }

    pub(super) fn flush(&mut self) -> Result<(), Error> {
        Ok(self.0.flush()?)
    }
}

struct Quiet {
    inner: Box<dyn Write + Send>,
    closed: bool,
}

impl Quiet {
    fn settle<T>(&mut self, outcome: io::Result<T>, if_closed: T) -> io::Result<T> {
        match outcome {
            Err(e) if e.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(if_closed)
            }
            other => other,
        }
    }
}

impl Write for Quiet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Ok(bytes.len());
        }
        let outcome = self.inner.write(bytes);
        self.settle(outcome, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let outcome = self.inner.flush();
        self.settle(outcome, ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken(ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn a_closed_pipe_is_not_an_error_and_a_full_disk_is() {
        let mut closed = Out::new(Box::new(Broken(ErrorKind::BrokenPipe)));
        closed.text(&"x".repeat(200_000)).unwrap();
        closed.json(&["y"]).unwrap();
        closed.flush().unwrap();
        let mut full = Out::new(Box::new(Broken(ErrorKind::StorageFull)));
        full.text("x").unwrap();
        let error = full.flush().unwrap_err();
        assert!(error.to_string().starts_with("write the report: "));
    }
}
