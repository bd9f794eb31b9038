//! Pages that are longer than an item's documentation.

#[doc = include_str!("../docs/attributes.md")]
pub mod attributes {}

#[doc = include_str!("../docs/mistakes.md")]
pub mod mistakes {}
