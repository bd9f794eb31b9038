//! The README's code, compiled and run as doc tests.

#![cfg(doctest)]
#![doc = include_str!("../../README.md")]
