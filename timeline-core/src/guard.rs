//! Calls to the user's code that survive a panic in it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[cfg(feature = "client")]
use futures_util::FutureExt;

/// Calls a function of the user's and stops a panic in it; `None` if it has panicked. The panic hook has reported the panic
/// by then.
pub(crate) fn apart<T>(call: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(call)).map_err(discard).ok()
}

/// The same for a future.
#[cfg(feature = "client")]
pub(crate) async fn apart_async<T>(future: impl Future<Output = T>) -> Option<T> {
    let caught = FutureExt::catch_unwind(AssertUnwindSafe(future));
    caught.await.map_err(discard).ok()
}

/// Drops a panic's payload. It is the user's too, and may panic when it is dropped.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::panic_any;

    use super::apart;

    #[test]
    fn a_panic_ends_there() {
        struct Twice;
        impl Drop for Twice {
            fn drop(&mut self) {
                panic!("twice");
            }
        }
        assert_eq!(apart(|| 7), Some(7));
        assert_eq!(apart(|| -> u8 { panic!("once") }), None);
        assert_eq!(apart(|| -> u8 { panic_any(Twice) }), None);
    }
}
