//! JSON in and out, one module per version of the API. Nothing here knows a network.

pub(crate) mod v3;
