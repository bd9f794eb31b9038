#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| timeline_core::fuzz::error_body(data));
