//! Extra data: any serializable value, kept by reference until the event is encoded.

use std::sync::Arc;

use serde::Serialize;

/// What [`EventInput::extra_data`](super::EventInput::extra_data) takes: any `Serialize` that can be shared between
/// threads.
///
/// Implemented for every such type; there is nothing to implement by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be extra data",
    label = "not `Serialize + Send + Sync`",
    note = "add `#[derive(serde::Serialize)]` to the type, or turn it into one that has it with `#[timeline(extra_data, with = \"path::to::function\")]`"
)]
pub trait ExtraData: Serialize + Send + Sync {}

impl<T: Serialize + Send + Sync> ExtraData for T {}

/// A value that is serialized when the event is. `null` counts as unset, so that `None` leaves the key out.
#[derive(Clone)]
pub(crate) struct Extra<'a>(Arc<dyn erased_serde::Serialize + Send + Sync + 'a>);

impl<'a> Extra<'a> {
    pub(crate) fn new(value: impl ExtraData + 'a) -> Self {
        Extra(Arc::new(value))
    }
}

impl Serialize for Extra<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        erased_serde::serialize(&*self.0, serializer)
    }
}
