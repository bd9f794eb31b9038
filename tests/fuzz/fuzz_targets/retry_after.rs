#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| timeline_core::fuzz::retry_after(data));
