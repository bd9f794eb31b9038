//! Pages that are longer than an item's documentation.

#[cfg(feature = "derive")]
#[doc = include_str!("../docs/attributes.md")]
pub mod attributes {}

#[cfg(feature = "derive")]
#[doc = include_str!("../docs/mistakes.md")]
pub mod mistakes {}

#[cfg(feature = "client")]
#[doc = include_str!("../docs/verdict.md")]
pub mod verdict {}
