//! The worker pool: decoding and matching run here, never on the runtime's threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::classify::scan::Backend;
use crate::classify::{CompileError, Keyed, Program, Worker};

/// Threads and the classifiers that they take turns with.
pub(super) struct Pool {
    threads: rayon::ThreadPool,
    idle: Mutex<Vec<Worker>>,
    program: Program,
    keyed: Keyed,
    backend: Backend,
    jobs: usize,
}

/// A task ended in a panic: a defect of ours or of a library, met while working on hostile bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Panicked;

impl Pool {
    /// A pool of `jobs` threads over a program.
    pub(super) fn new(
        jobs: usize,
        program: &Program,
        keyed: &Keyed,
        backend: Backend,
    ) -> Result<Arc<Self>, CompileError> {
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(jobs)
            .thread_name(|n| format!("worker-{n}"))
            .build()
            .map_err(|_| CompileError {
                id: "--jobs".into(),
                why: "the threads cannot be started".into(),
            })?;
        let idle = Mutex::new(vec![Worker::with_backend(program, keyed, backend)?]);
        Ok(Arc::new(Self {
            threads,
            idle,
            program: program.clone(),
            keyed: keyed.clone(),
            backend,
            jobs,
        }))
    }

    /// How many threads there are.
    pub(super) fn jobs(&self) -> usize {
        self.jobs
    }

    /// The program that the workers run.
    pub(super) fn program(&self) -> &Program {
        &self.program
    }

    /// Runs `task` on the pool and waits for it.
    pub(super) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        task: impl FnOnce(&Arc<Self>) -> T + Send + 'static,
    ) -> Result<T, Panicked> {
        self.begin(task).await.unwrap_or(Err(Panicked))
    }

    /// Has `task` run on the pool.
    pub(super) fn begin<T: Send + 'static>(
        self: &Arc<Self>,
        task: impl FnOnce(&Arc<Self>) -> T + Send + 'static,
    ) -> oneshot::Receiver<Result<T, Panicked>> {
        let (tell, told) = oneshot::channel();
        let pool = self.clone();
        self.threads.spawn(move || {
            let done = catch_unwind(AssertUnwindSafe(|| task(&pool))).map_err(|_| Panicked);
            // Whoever asked may be gone (the run was interrupted); then nobody wants the answer.
            tell.send(done).ok();
        });
        told
    }

    /// Lends a worker to `task`. A worker that panics is not used again.
    pub(super) fn with_worker<T>(&self, task: impl FnOnce(&mut Worker) -> T) -> Result<T, Panicked> {
        let lent = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut worker = match lent {
            Some(worker) => worker,
            // The program compiled once already.
            None => Worker::with_backend(&self.program, &self.keyed, self.backend).map_err(|_| Panicked)?,
        };
        let done = catch_unwind(AssertUnwindSafe(|| task(&mut worker))).map_err(|_| Panicked)?;
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(worker);
        Ok(done)
    }
}
