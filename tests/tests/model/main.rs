//! The model: what a Rust value becomes as a token, what an event becomes as JSON, what a type becomes as a template.

mod allocations;
mod input;
mod objects;
mod template;
mod token;
