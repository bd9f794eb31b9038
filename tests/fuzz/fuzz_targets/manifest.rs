//! The reader of manifests. A derive crate exports its macros and nothing else, so its files are compiled here once more;
//! they need no other.

#![no_main]
#![allow(dead_code)]

#[path = "../../../timeline-derive/src/manifest/mod.rs"]
mod manifest;

libfuzzer_sys::fuzz_target!(|data: &[u8]| manifest::fuzz::check(data));
