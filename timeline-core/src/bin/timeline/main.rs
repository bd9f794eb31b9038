//! `timeline`: an app's templates and events from the command line.

mod answer;
mod connect;
mod events;
mod sandbox;
mod templates;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};

use self::answer::{Answer, Failure};

/// An app's templates and events in HubSpot.
///
/// Credentials come from the environment, and are never printed: HUBSPOT_ACCESS_TOKEN, or HUBSPOT_CLIENT_ID,
/// HUBSPOT_CLIENT_SECRET and HUBSPOT_REFRESH_TOKEN. The app's id comes from HUBSPOT_APP_ID, the account's from HUBSPOT_PORTAL_ID.
///
/// An app on app events has its templates in the definition files of its project: `export` writes them, `hs project upload` uploads
/// them. What needs HubSpot's v3 says so.
///
/// Exit codes: 0 done, or nothing to do; 1 an error; 2 there are differences, or events that were not delivered.
#[derive(Parser)]
#[command(name = "timeline", version, after_help = EXAMPLE)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLE: &str = "Example:
  timeline pull --output timeline.json      # keep the app's templates beside the code
  timeline plan templates.json              # what differs between the code and HubSpot";

/// What holds for every command.
#[derive(Args)]
struct Common {
    /// Where HubSpot is, such as a sandbox's address.
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "HUBSPOT_BASE_URL",
        default_value = "https://api.hubapi.com"
    )]
    base_url: String,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Write the app's templates to a file, for `manifest` and for `TemplateFile` (v3 only).
    #[command(after_help = "Example:\n  timeline pull --output timeline.json")]
    Pull(templates::Pull),
    /// Compare a file with HubSpot (v3 only), or with the templates of a program.
    #[command(
        after_help = "Examples:\n  timeline check timeline.json                        # is the file what HubSpot has?\n  timeline check timeline.json --code templates.json   # is it what the program says? (no network)"
    )]
    Check(templates::Check),
    /// Show what has to be done so that HubSpot's templates are what a file says (v3 only).
    #[command(after_help = "Example:\n  timeline plan templates.json --deleting")]
    Plan(templates::Planned),
    /// Change HubSpot's templates to what a file says (v3 only).
    #[command(after_help = "Example:\n  timeline apply templates.json --yes")]
    Apply(templates::Apply),
    /// Write definition files of app events (`…-hsmeta.json`), one for each template.
    #[command(after_help = "Example:\n  timeline export timeline.json --output src/app/app-events")]
    Export(templates::Export),
    /// Show an event as HubSpot would: its header and its detail.
    #[command(
        after_help = "Example:\n  timeline render timeline.json event.json --html > event.html"
    )]
    Render(events::Render),
    /// Send dead letters again, under the same ids.
    #[command(
        after_help = "Example:\n  timeline replay undelivered.jsonl --undelivered still-undelivered.jsonl"
    )]
    Replay(events::Replay),
    /// Read one event (v3 only).
    #[command(after_help = "Example:\n  timeline event 1001298 order-1")]
    Event(events::Read),
    /// Run a HubSpot on this machine, with a page that shows its timelines, until Ctrl-C.
    #[command(
        after_help = "Example:\n  timeline sandbox --port 4010 --templates timeline.json --open"
    )]
    Sandbox(sandbox::Args),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // If the message cannot be written, nothing more can be done.
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
                _ => ExitCode::from(1),
            };
        }
    };
    let answered = run(&cli).and_then(|answer| {
        print(&answer, cli.common.json)?;
        Ok(answer.code())
    });
    match answered {
        Ok(code) => ExitCode::from(code),
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(1)
        }
    }
}

fn run(cli: &Cli) -> Result<Answer, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let Cli { common, command } = cli;
        match command {
            Command::Pull(args) => templates::pull(args, common).await,
            Command::Check(args) => templates::check(args, common).await,
            Command::Plan(args) => templates::plan(args, common).await,
            Command::Apply(args) => templates::apply(args, common).await,
            Command::Export(args) => templates::export(args),
            Command::Render(args) => events::render(args),
            Command::Replay(args) => events::replay(args, common).await,
            Command::Event(args) => events::read(args, common).await,
            Command::Sandbox(args) => {
                sandbox::run(args).await?;
                Ok(Answer::silent())
            }
        }
    })
}

fn print(answer: &Answer, as_json: bool) -> Result<(), Failure> {
    let mut out = io::stdout();
    if as_json {
        answer.write_json(&mut out)?;
    } else {
        answer.write_text(&mut out, is_colored())?;
    }
    out.flush()?;
    Ok(())
}

/// Colours are for a terminal, unless the user wants none (<https://no-color.org>).
fn is_colored() -> bool {
    let wants_none = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stdout().is_terminal() && !wants_none
}
