//! What the derive says to a mistake: every `.stderr` under `ui` is a promise to a user.
//!
//! `fail` holds the derive's own messages, which are the same on every compiler. `rustc` holds what the compiler says
//! about code that the derive lets pass, in words that change from release to release: one release is pinned.

#![allow(clippy::expect_used, reason = "a test says so by panicking")]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// The release whose words `ui/rustc` has.
const PINNED: &str = "1.95.";

/// A manifest's path is relative to the folder of the package, which is here one that `trybuild` makes.
fn bring_manifests() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../tests/trybuild/timeline-compile");
    let copy = |from: &Path, to: &Path| {
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        fs::copy(from, to).expect("a manifest that can be copied");
    };
    copy(&here.join("timeline.json"), &package.join("timeline.json"));
    for entry in fs::read_dir(here.join("app-events")).expect("the definitions") {
        let from = entry.expect("an entry").path();
        let name = from.file_name().expect("a file");
        copy(&from, &package.join("app-events").join(name));
    }
}

#[test]
fn ui() {
    bring_manifests();
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/fail/*/*.rs");
    let version = compiler();
    if version.starts_with(&format!("rustc {PINNED}")) {
        cases.compile_fail("tests/ui/rustc/*/*.rs");
    } else {
        // Straight to the terminal: what `println!` says in a test that passes is not shown.
        let reason = format!(
            "ui/rustc is skipped: it has the words of rustc {PINNED}x, and this is {version}\n"
        );
        std::io::stderr()
            .write_all(reason.as_bytes())
            .expect("stderr takes text");
    }
}

fn compiler() -> String {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let output = Command::new(rustc).arg("--version").output();
    let output = output.expect("rustc says its version");
    String::from_utf8(output.stdout).expect("UTF-8")
}
