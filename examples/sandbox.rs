//! A HubSpot on this machine that any client can talk to, until Ctrl-C.
//!
//! ```text
//! cargo run --example sandbox -- --port 4010 --templates templates.json
//! ```
//!
//! Without `--templates` it starts empty, and templates are created over its API:
//!
//! ```text
//! curl 'http://127.0.0.1:4010/integrators/timeline/v3/7/event-templates?hapikey=sandbox-developer-key' \
//!   -H 'Content-Type: application/json' \
//!   -d '{"name":"Pet adopted","objectType":"contacts","tokens":[{"name":"petName","label":"Pet name","type":"string"}]}'
//! ```

use std::process::ExitCode;

use clap::Parser;

// This example is the command `timeline sandbox`.
#[path = "../timeline-core/src/bin/timeline/sandbox.rs"]
mod command;

/// A HubSpot on this machine that any client can talk to, until Ctrl-C.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: command::Args,
}

#[tokio::main]
async fn main() -> ExitCode {
    match command::run(&Cli::parse().args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
