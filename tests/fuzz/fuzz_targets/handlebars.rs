//! The reader of the texts in templates. A derive crate exports its macros and nothing else, so its files are compiled
//! here once more; they need no other.

#![no_main]
#![allow(dead_code)]

#[path = "../../../timeline-derive/src/handlebars/mod.rs"]
mod handlebars;
#[path = "../../../timeline-derive/src/suggest.rs"]
mod suggest;

libfuzzer_sys::fuzz_target!(|data: &[u8]| handlebars::fuzz::check(data));
