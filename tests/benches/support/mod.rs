//! What the benchmarks share: the events, a bare server, processes of their own, and tables.

// Each benchmark uses a part of it.
#![allow(dead_code)]

pub(crate) mod by_hand;
pub(crate) mod events;
pub(crate) mod ledger;
pub(crate) mod process;
pub(crate) mod server;
pub(crate) mod table;

use std::env;
use std::error::Error;

use timeline_core::{Client, RateLimit};

pub(crate) type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// The account's id, for ids from keys.
const PORTAL_ID: u64 = 62515;

pub(crate) const ACCESS_TOKEN: &str = "access-token";

/// A client of the bare server.
pub(crate) fn client(url: &str) -> Result<Client> {
    Ok(Client::builder()
        .base_url(url)
        .access_token(ACCESS_TOKEN)
        .portal_id(PORTAL_ID)
        .rate_limit(RateLimit::unlimited())
        .build()?)
}

/// A number from the environment, or the default.
pub(crate) fn number(name: &str, default: usize) -> Result<usize> {
    match env::var(name) {
        Ok(text) => match text.replace('_', "").parse() {
            Ok(number) => Ok(number),
            Err(error) => Err(format!("`{name}={text}`: {error}").into()),
        },
        Err(env::VarError::NotPresent) => Ok(default),
        Err(error) => Err(format!("`{name}`: {error}").into()),
    }
}

/// Whether `cargo bench` has started the process: `cargo test --benches` starts it too, and wants no figures.
pub(crate) fn is_wanted() -> bool {
    env::args().any(|argument| argument == "--bench")
}

pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
