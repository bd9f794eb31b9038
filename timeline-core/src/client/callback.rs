//! Calls of the user's functions: which clients are making such a call on this thread, where a blocking client would wait
//! for itself, and what ends a call that panics or takes too long.

use std::cell::RefCell;
use std::error::Error as StdError;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Cause;
use crate::guard::apart_async;

/// The message of a blocking client that is used inside a callback.
pub(crate) const INSIDE_CALLBACK: &str = "a blocking client was used inside a callback of its own (`on_undelivered`, \
    `on_progress`, `metrics`, `on_refresh`, `token_provider`), where it would wait for itself: hand the work to another \
    thread";

thread_local! {
    static CALLING: RefCell<Vec<CallerId>> = const { RefCell::new(Vec::new()) };
}

/// Identifies a caller by an address that nothing else has as long as the caller lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CallerId(usize);

impl CallerId {
    pub(super) fn of<T: ?Sized>(caller: &Arc<T>) -> Self {
        CallerId(Arc::as_ptr(caller).cast::<()>().addr())
    }

    pub(super) fn of_ref<T>(caller: &T) -> Self {
        CallerId(std::ptr::from_ref(caller).addr())
    }
}

/// A call of one of the user's functions. It lasts until this is dropped.
pub(crate) struct Calling;

impl Calling {
    pub(crate) fn begin(caller: CallerId) -> Self {
        // A thread that is ending makes no blocking call any more, so nothing is noted for it.
        let _ = CALLING.try_with(|calling| calling.borrow_mut().push(caller));
        Calling
    }

    /// Waits for a future whose code is the user's, for at most `limit`. A panic in it becomes an error, and so does the
    /// end of the time. Their messages name the user's function (`who`) and say what it did not do in time (`verb`).
    ///
    /// The text of a panic is left out: it may quote a secret.
    pub(super) async fn limited<T, F>(
        caller: CallerId,
        limit: Duration,
        (who, verb): (&str, &str),
        future: F,
    ) -> Result<T, Cause>
    where
        F: Future<Output = Result<T, Box<dyn StdError + Send + Sync>>>,
    {
        let mut future: Pin<Box<F>> = Box::pin(future);
        let called = std::future::poll_fn(move |context| {
            let _calling = Calling::begin(caller);
            future.as_mut().poll(context)
        });
        match tokio::time::timeout(limit, apart_async(called)).await {
            Ok(Some(given)) => given.map_err(Cause::new),
            Ok(None) => Err(Cause::new(format!("{who} panicked"))),
            Err(_elapsed) => Err(Cause::new(format!(
                "{who} did not {verb} within the time for an attempt"
            ))),
        }
    }
}

impl Drop for Calling {
    fn drop(&mut self) {
        let _ = CALLING.try_with(|calling| calling.borrow_mut().pop());
    }
}

/// Whether a function of one of these callers is being called on this thread.
#[cfg(feature = "blocking")]
pub(super) fn is_calling(is_one: impl Fn(CallerId) -> bool) -> bool {
    CALLING
        .try_with(|calling| calling.borrow().iter().any(|caller| is_one(*caller)))
        .unwrap_or_default()
}
