//! The thread on which a blocking client's runtime runs.

use std::future::Future;
use std::io;
use std::thread::ThreadId;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// The thread that runs the runtime until its last user is dropped.
pub(super) struct Background {
    pub(super) handle: Handle,
    pub(super) thread: ThreadId,
    _stop: oneshot::Sender<()>,
}

impl Background {
    pub(super) fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("timeline-core".to_owned())
            .spawn(move || drop(runtime.block_on(stopped)))?;
        Ok(Background {
            handle,
            thread: thread.thread().id(),
            _stop: stop,
        })
    }

    /// Runs a future to its end, also inside an async runtime.
    pub(super) fn wait<F: Future<Output: Send> + Send>(&self, future: F) -> F::Output {
        if Handle::try_current().is_err() {
            return self.handle.block_on(future);
        }
        // A thread of an async runtime cannot run a second runtime; a new thread can.
        std::thread::scope(|scope| {
            let waited = scope.spawn(|| self.handle.block_on(future)).join();
            waited.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }
}
