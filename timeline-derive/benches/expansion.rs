//! What the derive costs its user, beside serde's: `cargo bench -p timeline-derive --bench expansion`.
//!
//! Scratch crates are built with the one derive and the other in turns, and the ratio of each turn is what counts: on
//! a busy machine seconds mean little, but what slows one build mostly slows the next one too. `TIMELINE_ROUNDS` is
//! the number of turns. A missed goal is printed and fails nothing.

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{self, Command, ExitCode};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const ROUNDS: usize = 7;

/// A build with all dependencies takes long, and most of it is syn on both sides.
const MOST_COMPLETE_ROUNDS: usize = 3;

const STRUCTS: usize = 200;

/// All fields but the first, which has an attribute of ours.
const FIELDS: &str = "    pub customer: String,
    pub order: u32,
    pub account: u64,
    pub total: f64,
    pub paid: bool,
    pub coupon: Option<String>,
    pub balance: i64,
    pub placed_at: SystemTime,
    pub referrer: Option<u32>,
    pub stars: u8,
    pub city: String,
";

fn main() -> ExitCode {
    // `cargo bench` passes `--bench`, `cargo test --benches` does not.
    if !env::args().any(|argument| argument == "--bench") {
        println!("takes minutes, so only on `cargo bench -p timeline-derive --bench expansion`");
        return ExitCode::SUCCESS;
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let rounds = rounds()?;
    let scratch = Scratch::create()?;
    let title = format!("{STRUCTS} structs of 12 fields, rounds: {rounds}");
    println!("{title:<42} {:>9} {:>9}    ratio", "ours", "serde");
    println!(
        "{:<42} {:>9} {:>9} {:>7} {:>7} {:>7}   goal",
        "", "median", "median", "min", "median", "max"
    );
    compare_users(&scratch, rounds)?;
    compare_derives(&scratch, rounds)?;
    compare_manifests(&scratch, rounds)
}

/// Types that are compared with a manifest, beside the same types without one.
const COMPARED: usize = 300;
const TEMPLATES: usize = 750;
const TOKENS: usize = 50;

/// What a manifest costs: the largest file that HubSpot allows but for the number of tokens, and 300 types that are compared
/// with it.
fn compare_manifests(scratch: &Scratch, rounds: usize) -> Result<()> {
    let core = path_dependency("timeline-core")?;
    let core =
        format!("timeline-core = {{ {core}, default-features = false, features = [\"derive\"] }}");
    let with = scratch.package(
        "compared",
        &[&core],
        &compared(", manifest = \"timeline.json\""),
    )?;
    let without = scratch.package("alone", &[&core], &compared(""))?;
    fs::write(with.directory.join("timeline.json"), templates())?;
    println!("\n{COMPARED} types against {TEMPLATES} templates of {TOKENS} tokens, and without");
    for (what, build) in [
        ("build, debug", DEBUG),
        ("build, debug, incremental", INCREMENTAL),
    ] {
        with.warm(build)?;
        without.warm(build)?;
        let turns = take_turns(rounds, || with.rebuild(build), || without.rebuild(build))?;
        report(&format!("{what} (s)"), &turns, 3, 1.5);
    }
    Ok(())
}

fn compared(manifest: &str) -> String {
    let mut source = "use std::time::SystemTime;\n\nuse timeline_core::TimelineEvent;\n".to_owned();
    for n in 0..COMPARED {
        source += &format!(
            "\n#[derive(TimelineEvent)]\n#[timeline(template = \"Order {n}\"{manifest})]\npub struct Order{n} {{\n    \
             #[timeline(email)]\n    pub email: String,\n{FIELDS}}}\n"
        );
    }
    source
}

/// HubSpot's answer to listing templates.
fn templates() -> String {
    let token = |name: &str, kind: &str| {
        let options = match kind {
            "enumeration" => r#"{"label":"True","value":"true"},{"label":"False","value":"false"}"#,
            _ => "",
        };
        format!(
            r#"{{"name":"{name}","label":"The label","type":"{kind}","options":[{options}],"createdAt":"2026-08-01T12:00:00.000Z","updatedAt":"2026-08-01T12:00:00.000Z"}}"#
        )
    };
    let mut tokens: Vec<String> = [
        ("customer", "string"),
        ("order", "number"),
        ("account", "number"),
        ("total", "number"),
        ("paid", "enumeration"),
        ("coupon", "string"),
        ("balance", "number"),
        ("placed_at", "date"),
        ("referrer", "number"),
        ("stars", "number"),
        ("city", "string"),
    ]
    .into_iter()
    .map(|(name, kind)| token(name, kind))
    .collect();
    while tokens.len() < TOKENS {
        tokens.push(token(&format!("token{}", tokens.len()), "string"));
    }
    let tokens = tokens.join(",");
    let template = |n: usize| {
        format!(
            r#"{{"id":"{}","name":"Order {n}","objectType":"contacts","tokens":[{tokens}]}}"#,
            1_001_000 + n
        )
    };
    let templates: Vec<String> = (0..TEMPLATES).map(template).collect();
    format!(r#"{{"results":[{}]}}"#, templates.join(","))
}

fn rounds() -> Result<usize> {
    let text = match env::var("TIMELINE_ROUNDS") {
        Ok(text) => text,
        Err(env::VarError::NotPresent) => return Ok(ROUNDS),
        Err(error) => return Err(format!("`TIMELINE_ROUNDS`: {error}").into()),
    };
    match text.parse::<NonZeroUsize>() {
        Ok(rounds) => Ok(rounds.get()),
        Err(error) => Err(format!("`TIMELINE_ROUNDS={text}`: {error}").into()),
    }
}

/// What a crate pays that uses the derive.
///
/// Machine code is not in it: serde's functions are generic and ours `#[inline]`, so both wait for a caller, and here
/// is none. Without that `#[inline]` the build would compile all of ours and none of serde's.
fn compare_users(scratch: &Scratch, rounds: usize) -> Result<()> {
    let core = path_dependency("timeline-core")?;
    let core =
        format!("timeline-core = {{ {core}, default-features = false, features = [\"derive\"] }}");
    let serde = r#"serde = { version = "1", features = ["derive"] }"#;
    let ours = scratch.package("events", &[&core], &events())?;
    let serdes = scratch.package("models", &[serde], &models())?;

    for (what, build) in [
        // The whole crate, as in its first build.
        ("build, debug", DEBUG),
        // A build where nothing has changed: the compiler keeps its results, but expands every macro again.
        ("build, debug, incremental", INCREMENTAL),
        ("build, release", RELEASE),
    ] {
        ours.warm(build)?;
        serdes.warm(build)?;
        let turns = take_turns(rounds, || ours.rebuild(build), || serdes.rebuild(build))?;
        report(&format!("{what} (s)"), &turns, 3, 1.5);
    }

    let lines = [(ours.expanded_lines()?, serdes.expanded_lines()?)];
    report("expanded code (lines)", &lines, 0, 2.0);
    Ok(())
}

/// What the derives themselves take to build.
fn compare_derives(scratch: &Scratch, rounds: usize) -> Result<()> {
    let derive = path_dependency("timeline-derive")?;
    let derive = format!("timeline-derive = {{ {derive} }}");
    let serde_derive = r#"serde_derive = "1""#;

    // One crate with both, so that both get the same build of syn.
    let both = scratch.package("derives", &[&derive, serde_derive], "")?;
    both.warm(OURS)?;
    both.warm(SERDES)?;
    let turns = take_turns(
        rounds,
        || both.rebuild_dependency("timeline-derive", OURS),
        || both.rebuild_dependency("serde_derive", SERDES),
    )?;
    report("derive crate, cold (s)", &turns, 3, 1.0);

    let ours = scratch.package("our-derive", &[&derive], "")?;
    let serdes = scratch.package("serdes-derive", &[serde_derive], "")?;
    ours.warm(OURS)?;
    serdes.warm(SERDES)?;
    let rounds = rounds.min(MOST_COMPLETE_ROUNDS);
    let turns = take_turns(
        rounds,
        || ours.build_everything(OURS),
        || serdes.build_everything(SERDES),
    )?;
    let what = format!("derive and dependencies, rounds: {rounds} (s)");
    report(&what, &turns, 3, 1.0);
    Ok(())
}

/// The source of the crate with our derive.
fn events() -> String {
    let mut source = "use std::time::SystemTime;\n\nuse timeline_core::TimelineEvent;\n".to_owned();
    for n in 0..STRUCTS {
        let id = 1_001_000 + n;
        source += &format!(
            "\n#[derive(TimelineEvent)]\n#[timeline(template_id = \"{id}\")]\npub struct Order{n} {{\n    \
             #[timeline(email)]\n    pub email: String,\n{FIELDS}}}\n"
        );
    }
    source
}

/// The same structs with serde's.
fn models() -> String {
    let mut source = "use std::time::SystemTime;\n\nuse serde::Serialize;\n".to_owned();
    for n in 0..STRUCTS {
        source += &format!(
            "\n#[derive(Serialize)]\npub struct Order{n} {{\n    pub email: String,\n{FIELDS}}}\n"
        );
    }
    source
}

/// One way to call cargo.
#[derive(Clone, Copy)]
struct Call<'a> {
    arguments: &'a [&'a str],
    environment: &'a [(&'a str, &'a str)],
}

const DEBUG: Call<'_> = Call {
    arguments: &["build"],
    environment: &[("CARGO_INCREMENTAL", "0")],
};

const INCREMENTAL: Call<'_> = Call {
    arguments: &["build"],
    environment: &[("CARGO_INCREMENTAL", "1")],
};

const RELEASE: Call<'_> = Call {
    arguments: &["build", "--release"],
    environment: &[("CARGO_INCREMENTAL", "0")],
};

/// The option is for nightly compilers, and the variable lets a stable one take it.
const EXPAND: Call<'_> = Call {
    arguments: &["rustc", "--", "-Zunpretty=expanded"],
    environment: &[("RUSTC_BOOTSTRAP", "1")],
};

const OURS: Call<'_> = Call {
    arguments: &["build", "-p", "timeline-derive"],
    environment: AS_FROM_A_REGISTRY,
};

const SERDES: Call<'_> = Call {
    arguments: &["build", "-p", "serde_derive"],
    environment: AS_FROM_A_REGISTRY,
};

/// Cargo builds a crate from a path incrementally and with lints, and one from a registry with neither. Users get both
/// derives from a registry.
const AS_FROM_A_REGISTRY: &[(&str, &str)] = &[
    ("CARGO_INCREMENTAL", "0"),
    ("RUSTFLAGS", "--cap-lints=allow"),
];

/// What would change a build or its place, and may be set where the benchmark is run.
const NOT_INHERITED: [&str; 8] = [
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_TARGET_DIR",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTFLAGS",
];

/// A directory for the scratch crates, gone at the end.
struct Scratch {
    directory: PathBuf,
}

impl Scratch {
    fn create() -> Result<Self> {
        // The time, because a process that is killed leaves its directory behind, and process ids come again.
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
        let name = format!("timeline-expansion-{}-{now}", process::id());
        let directory = env::temp_dir().join(name);
        fs::create_dir(&directory)?;
        Ok(Self { directory })
    }

    fn package(&self, name: &str, dependencies: &[&str], source: &str) -> Result<Package> {
        let directory = self.directory.join(name);
        let dependencies = dependencies.join("\n");
        let manifest = format!(
            "[package]\nname = \"scratch-{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [workspace]\n\n[dependencies]\n{dependencies}\n"
        );
        fs::create_dir_all(directory.join("src"))?;
        fs::write(directory.join("Cargo.toml"), manifest)?;
        fs::write(directory.join("src/lib.rs"), source)?;
        // The workspace's versions: one syn for both derives, and most likely nothing to download.
        fs::copy(checkout().join("Cargo.lock"), directory.join("Cargo.lock"))?;
        Ok(Package { directory })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.directory) {
            eprintln!("{} is left behind: {error}", self.directory.display());
        }
    }
}

/// A scratch crate, in a workspace of its own.
struct Package {
    directory: PathBuf,
}

impl Package {
    /// Makes the call once unmeasured, which builds the dependencies.
    fn warm(&self, call: Call<'_>) -> Result<()> {
        if self.command(call).output()?.status.success() {
            return Ok(());
        }
        // Most likely something has to be downloaded. Any other mistake comes again, and is told then.
        finish(self.command(call).env("CARGO_NET_OFFLINE", "false"))?;
        Ok(())
    }

    /// The seconds that a build of the crate takes, with its dependencies built.
    fn rebuild(&self, call: Call<'_>) -> Result<f64> {
        let source = self.directory.join("src/lib.rs");
        let source = File::options().append(true).open(source)?;
        source.set_modified(SystemTime::now())?;
        self.build_one(call)
    }

    /// The seconds that a build of one dependency takes, with its own dependencies built.
    fn rebuild_dependency(&self, name: &str, call: Call<'_>) -> Result<f64> {
        let arguments = &["clean", "-p", name];
        finish(&mut self.command(Call { arguments, ..call }))?;
        self.build_one(call)
    }

    /// The seconds that a build takes with nothing built before.
    fn build_everything(&self, call: Call<'_>) -> Result<f64> {
        fs::remove_dir_all(self.directory.join("target"))?;
        let (seconds, _) = self.build(call)?;
        Ok(seconds)
    }

    fn build_one(&self, call: Call<'_>) -> Result<f64> {
        let (seconds, compiled) = self.build(call)?;
        // More than one means that somebody edits the checkout meanwhile, none that the file system's clock is coarse.
        match compiled {
            1 => Ok(seconds),
            _ => Err(format!(
                "{}: expected one crate to be compiled, not {compiled}",
                self.directory.display()
            )
            .into()),
        }
    }

    /// How many seconds the call takes, and how many crates it compiles.
    fn build(&self, call: Call<'_>) -> Result<(f64, usize)> {
        let mut command = self.command(call);
        let start = Instant::now();
        let said = finish(&mut command)?;
        let seconds = start.elapsed().as_secs_f64();
        let compiled = said
            .stderr
            .lines()
            .filter(|line| line.trim_start().starts_with("Compiling "))
            .count();
        Ok((seconds, compiled))
    }

    fn expanded_lines(&self) -> Result<f64> {
        self.warm(DEBUG)?;
        let said = finish(&mut self.command(EXPAND))?;
        let lines = u32::try_from(said.stdout.lines().count())?;
        Ok(lines.into())
    }

    fn command(&self, call: Call<'_>) -> Command {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(call.arguments).current_dir(&self.directory);
        for name in NOT_INHERITED {
            command.env_remove(name);
        }
        command
            .env("CARGO_NET_OFFLINE", "true")
            // `build` reads what cargo prints.
            .env("CARGO_TERM_COLOR", "never")
            .env("CARGO_TERM_QUIET", "false")
            .envs(call.environment.iter().copied());
        command
    }
}

struct Said {
    stdout: String,
    stderr: String,
}

fn finish(command: &mut Command) -> Result<Said> {
    let output = command.output()?;
    let stderr = String::from_utf8(output.stderr)?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}\n{stderr}", output.status).into());
    }
    let stdout = String::from_utf8(output.stdout)?;
    Ok(Said { stdout, stderr })
}

fn checkout() -> &'static Path {
    let derive = Path::new(env!("CARGO_MANIFEST_DIR"));
    derive.parent().unwrap_or(derive)
}

/// The `path` of a dependency on a crate of this checkout.
fn path_dependency(name: &str) -> Result<String> {
    let path = checkout().join(name);
    // TOML has no way to write this quote in a string where a backslash is a backslash, as paths on Windows need it.
    match path.to_str() {
        Some(path) if !path.contains('\'') => Ok(format!("path = '{path}'")),
        _ => Err(format!("{path:?} has no place in a manifest: move the checkout").into()),
    }
}

/// Measures ours and serde's, again and again.
fn take_turns(
    rounds: usize,
    ours: impl Fn() -> Result<f64>,
    serdes: impl Fn() -> Result<f64>,
) -> Result<Vec<(f64, f64)>> {
    (0..rounds).map(|_| Ok((ours()?, serdes()?))).collect()
}

fn report(what: &str, turns: &[(f64, f64)], decimals: usize, goal: f64) {
    let ours = Spread::of(turns.iter().map(|(ours, _)| *ours)).median;
    let serdes = Spread::of(turns.iter().map(|(_, serdes)| *serdes)).median;
    let Spread { min, median, max } = Spread::of(turns.iter().map(|(ours, serdes)| ours / serdes));
    let verdict = if median > goal {
        "   over the goal"
    } else {
        ""
    };
    println!(
        "{what:<42} {ours:>9.decimals$} {serdes:>9.decimals$} {min:>7.2} {median:>7.2} {max:>7.2}   {goal:.1}{verdict}"
    );
}

struct Spread {
    min: f64,
    median: f64,
    max: f64,
}

impl Spread {
    /// Of at least one number; of none, it is not a number either.
    fn of(numbers: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = numbers.collect();
        sorted.sort_by(f64::total_cmp);
        let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
        let last = sorted.len().saturating_sub(1);
        Self {
            min: at(0),
            median: f64::midpoint(at(last / 2), at(last.div_ceil(2))),
            max: at(last),
        }
    }
}
