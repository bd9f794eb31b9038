//! Pages of documentation on HubSpot's two APIs, the attributes, the derive's messages, what an answer means for an event,
//! durability, queues, and the sandbox. They are included where documentation is made or tested, and not in every build.

#[cfg(all(feature = "client", feature = "derive"))]
#[cfg_attr(any(doc, doctest), doc = include_str!("../docs/apis.md"))]
#[cfg_attr(not(any(doc, doctest)), doc = "The page `docs/apis.md`.")]
pub mod apis {}

#[cfg(feature = "derive")]
#[cfg_attr(any(doc, doctest), doc = include_str!("../docs/attributes.md"))]
#[cfg_attr(not(any(doc, doctest)), doc = "The page `docs/attributes.md`.")]
pub mod attributes {}

#[cfg(feature = "client")]
#[cfg_attr(any(doc, doctest), doc = include_str!("../docs/durable.md"))]
#[cfg_attr(not(any(doc, doctest)), doc = "The page `docs/durable.md`.")]
pub mod durable {}

#[cfg(feature = "derive")]
#[cfg_attr(any(doc, doctest), doc = include_str!("../docs/mistakes.md"))]
#[cfg_attr(not(any(doc, doctest)), doc = "The page `docs/mistakes.md`.")]
pub mod mistakes {}

#[cfg(feature = "client")]
#[cfg_attr(any(doc, doctest), doc = include_str!("../docs/queues.md"))]
#[cfg_attr(not(any(doc, doctest)), doc = "The page `docs/queues.md`.")]
pub mod queues {}

#[cfg(feature = "sandbox")]
#[cfg_attr(any(doc, doctest), doc = include_str!("../docs/sandbox.md"))]
#[cfg_attr(not(any(doc, doctest)), doc = "The page `docs/sandbox.md`.")]
pub mod sandbox {}

#[cfg(feature = "client")]
#[cfg_attr(any(doc, doctest), doc = include_str!("../docs/verdict.md"))]
#[cfg_attr(not(any(doc, doctest)), doc = "The page `docs/verdict.md`.")]
pub mod verdict {}
