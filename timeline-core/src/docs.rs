//! Pages that are longer than an item's documentation. They are read where documentation is made or tested, and not in
//! every build.

#[cfg(feature = "derive")]
#[cfg_attr(any(doc, doctest), doc = include_str!("../docs/attributes.md"))]
#[cfg_attr(not(any(doc, doctest)), doc = "The page `docs/attributes.md`.")]
pub mod attributes {}

#[cfg(feature = "derive")]
#[cfg_attr(any(doc, doctest), doc = include_str!("../docs/mistakes.md"))]
#[cfg_attr(not(any(doc, doctest)), doc = "The page `docs/mistakes.md`.")]
pub mod mistakes {}

#[cfg(feature = "client")]
#[cfg_attr(any(doc, doctest), doc = include_str!("../docs/verdict.md"))]
#[cfg_attr(not(any(doc, doctest)), doc = "The page `docs/verdict.md`.")]
pub mod verdict {}
