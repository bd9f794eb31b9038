//! The model: what a Rust value becomes as a token, what an event becomes as JSON, what a type becomes as a template.

// The helpers of tests may end a test as the tests themselves may.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::needless_borrows_for_generic_args
)]

mod allocations;
mod definitions;
mod input;
mod objects;
mod template;
mod template_files;
mod token;
