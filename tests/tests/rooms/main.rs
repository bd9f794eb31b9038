//! The rooms of both crates: no file imports from a room below its own, and no files import each other in a circle.
//!
//! A path counts as an import of the file that defines its last name, through whatever re-exports it goes. `mod x;` is no
//! import of `x`. Tests and fuzz targets inside the crates are left out.

// Clippy lets tests panic, and does not see that helpers outside of a test function belong to one.
#![allow(clippy::expect_used, clippy::panic)]

mod graph;
mod imports;
mod made_up;

use std::fs;
use std::path::Path;

use self::imports::{Import, Sources, imports};

/// The rooms of `timeline-core`, as folders or files below `src`, the ground floor first. A room imports from itself and
/// from those above it in this list. The longest name that fits a file counts.
const CORE: &[&str] = &[
    "limits",
    // Calls to the user's functions, from any room.
    "guard",
    "error",
    "token",
    "template",
    "event",
    "wire",
    // Spans and warnings, from any room.
    "trace",
    "client",
    "delivery/outcome",
    "delivery/intake",
    "delivery/verdict",
    "delivery/engine",
    // The ways in.
    "delivery",
    "templates",
    "relay",
    "preview",
    "sandbox",
    "blocking",
    "bin",
    // For the code that the derive writes.
    "__private",
];

/// Files that re-export what the rooms have, and belong to none.
const OUTSIDE: &[&str] = &["lib", "docs"];

/// The rooms of `timeline-derive` in the same way: what every stage uses, and then the stages.
const DERIVE: &[&str] = &[
    "suggest",
    "case",
    "rust_type",
    "role",
    "errors",
    "doubt",
    "manifest",
    "assertion",
    "handlebars",
    "pattern",
    "parse",
    "model",
    "plan",
    "check",
    "expand",
    "fallback",
    "token_enum",
];

#[test]
fn no_import_of_the_core_climbs_or_runs_in_a_circle() {
    holds("timeline-core", CORE);
}

#[test]
fn no_import_of_the_derive_runs_in_a_circle() {
    holds("timeline-derive", DERIVE);
}

#[track_caller]
fn holds(package: &str, rooms: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(package)
        .join("src");
    let mut sources = Sources::new();
    read(&root, "", &mut sources);
    let complaints = complaints(&sources, rooms);
    assert!(
        complaints.is_empty(),
        "in {package}/src,\n{}",
        complaints.join("\n")
    );
}

fn read(folder: &Path, prefix: &str, sources: &mut Sources) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let entry = entry.expect("an entry");
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read(&entry.path(), &format!("{name}/"), sources);
        } else if name.ends_with(".rs") {
            sources.insert(name, fs::read_to_string(entry.path()).expect("a source"));
        }
    }
}

/// What is wrong with the imports of a crate.
fn complaints(sources: &Sources, rooms: &[&str]) -> Vec<String> {
    let mut imports = imports(sources);
    imports.retain(|import| !outside(&import.from) && !outside(&import.to));
    let climbs = |import: &&Import| room(rooms, &import.to) > room(rooms, &import.from);
    let mut message = String::from("these imports are from a room below the file's own:\n");
    for import in imports.iter().filter(climbs) {
        graph::line(&mut message, import);
    }
    let mut complaints = graph::circles(&imports);
    if imports.iter().any(|import| climbs(&import)) {
        complaints.insert(0, message);
    }
    complaints
}

fn outside(file: &str) -> bool {
    OUTSIDE.iter().any(|name| file == format!("{name}.rs"))
}

/// The place of a file's room in the table.
fn room(rooms: &[&str], file: &str) -> usize {
    let within = |room: &str| {
        let rest = file.strip_prefix(room);
        room.is_empty() || rest.is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
    };
    let fitting = rooms.iter().enumerate().filter(|(_, room)| within(room));
    let longest = fitting.max_by_key(|(_, room)| room.len());
    longest
        .unwrap_or_else(|| panic!("{file} is in none of the rooms of this test"))
        .0
}
