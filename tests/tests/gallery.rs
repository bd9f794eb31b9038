//! The gallery of mistakes in the documentation is made of the compile-fail cases, and of nothing else.
//!
//! `TIMELINE_GALLERY=overwrite cargo test -p timeline-tests --test gallery` writes it anew.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test says so by panicking"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const HEAD: &str = "\
Every kind of mistake, and what the compiler says to it.

This page is made of the cases that the tests compile: each message is one that a test compares to the letter. Messages \
that begin with `error[E…]` have rustc's frame around our words, and are worded as in rustc 1.95.
";

#[test]
fn the_gallery_shows_the_cases_as_they_are() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = here.join("../timeline-core/docs/mistakes.md");
    let made = gallery(&here.join("tests/ui"));
    if std::env::var_os("TIMELINE_GALLERY").is_some_and(|value| value == "overwrite") {
        std::fs::write(&page, &made).expect("the page can be written");
    }
    let held = std::fs::read_to_string(&page).expect("the page is there");
    assert!(
        held == made,
        "docs/mistakes.md is not what the cases make: run this test with TIMELINE_GALLERY=overwrite and read the change"
    );
}

fn gallery(ui: &Path) -> String {
    let mut kinds: Vec<(String, Vec<PathBuf>)> = Vec::new();
    for words in ["fail", "rustc"] {
        for folder in entries(&ui.join(words)) {
            let kind = name(&folder);
            let cases = entries(&folder)
                .into_iter()
                .filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
            match kinds.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, known)) => known.extend(cases),
                None => kinds.push((kind, cases.collect())),
            }
        }
    }
    kinds.sort();
    let mut page = HEAD.to_owned();
    let _ = writeln!(page, "\n| kind of mistake | cases |\n|---|---|");
    for (kind, cases) in &kinds {
        let _ = writeln!(page, "| [{}](#{kind}) | {} |", words(kind), cases.len());
    }
    for (kind, mut cases) in kinds {
        let _ = write!(page, "\n# {}\n", words(&kind));
        cases.sort_by_key(|case| name(case));
        for case in cases {
            let source = std::fs::read_to_string(&case).expect("a case");
            let said = std::fs::read_to_string(case.with_extension("stderr")).expect("a message");
            let _ = write!(
                page,
                "\n## {}: {}\n\n```text\n{}\n```\n\n```text\n{}\n```\n",
                words(&kind),
                words(&name(&case)).to_lowercase(),
                shown(&source),
                told(&said)
            );
        }
    }
    page
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut entries: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    entries
}

/// The last part of the path, without an extension.
fn name(path: &Path) -> String {
    path.file_stem()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// `token-name` and `not_a_string` as people write.
fn words(name: &str) -> String {
    let words = name.replace(['-', '_'], " ");
    let (first, rest) = words.split_at_checked(1).unwrap_or((&words, ""));
    format!("{}{rest}", first.to_uppercase())
}

/// A case without what every case has.
fn shown(source: &str) -> String {
    let lines: Vec<&str> = source
        .lines()
        .filter(|line| !line.starts_with("use timeline_core::") && *line != "fn main() {}")
        .collect();
    lines.join("\n").trim().to_owned()
}

/// The messages without rustc's lists of what else there is, and with the lines' places only.
fn told(said: &str) -> String {
    let mut told = Vec::new();
    let mut in_list = false;
    for line in said.lines() {
        let text = line.trim_start_matches([' ', '|']);
        if text.starts_with("= help: the following other types implement")
            || text.starts_with("help: the following other types implement")
        {
            in_list = true;
            continue;
        }
        let goes_on = line.starts_with(' ') || line.starts_with("...");
        in_list &= goes_on && !text.starts_with('=');
        if !in_list {
            told.push(match line.split_once("--> tests/ui/") {
                Some((arrow, place)) => {
                    let file = place.rsplit('/').next().unwrap_or(place);
                    format!("{arrow}--> {file}")
                }
                None => line.to_owned(),
            });
        }
    }
    told.join("\n").trim_end().to_owned()
}
