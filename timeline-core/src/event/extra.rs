//! Extra data: any serializable value, kept by reference until the event is encoded.

use std::sync::Arc;

use serde::Serialize;

/// What can be an event's extra data: any `Serialize` that can be shared between threads.
///
/// Implemented for every such type; there is nothing to implement by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be extra data",
    label = "not `Serialize + Sync`",
    note = "add `#[derive(serde::Serialize)]` to the type, or turn it into one that has it with `#[timeline(extra_data, with = \"path::to::function\")]`"
)]
pub trait ExtraData: Serialize + Sync {}

// Without this the compiler would ask for `Serialize`, in serde's words and without a hint to `with`.
#[diagnostic::do_not_recommend]
impl<T: Serialize + Sync + ?Sized> ExtraData for T {}

/// A value that is serialized together with the event. `null` counts as unset, so that `None` leaves the key out.
#[derive(Clone)]
pub(crate) enum Extra<'a> {
    /// A field of the event's own struct: one allocation less for each event.
    Lent(&'a (dyn WriteJson + Sync + 'a)),
    Shared(Arc<dyn WriteJson + Send + Sync + 'a>),
}

impl<'a> Extra<'a> {
    pub(crate) fn new(value: impl ExtraData + Send + 'a) -> Self {
        Extra::Shared(Arc::new(value))
    }

    pub(crate) fn lent(value: &'a impl ExtraData) -> Self {
        Extra::Lent(value)
    }

    /// Appends the value as JSON.
    pub(crate) fn write_json(&self, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        self.value().write_json(out)
    }

    fn value(&self) -> &(dyn WriteJson + '_) {
        match self {
            Extra::Lent(value) => *value,
            Extra::Shared(value) => &**value,
        }
    }
}

impl Serialize for Extra<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        erased_serde::serialize(self.value(), serializer)
    }
}

/// Writes JSON by code that is compiled for the value's own type: three times as fast as `erased_serde`, which is there for
/// other formats.
pub(crate) trait WriteJson: erased_serde::Serialize {
    fn write_json(&self, out: &mut Vec<u8>) -> Result<(), serde_json::Error>;
}

impl<T: Serialize + ?Sized> WriteJson for T {
    fn write_json(&self, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        serde_json::to_writer(out, self)
    }
}
