//! The check itself, on small made-up crates.

use super::complaints;
use super::imports::Sources;

const ROOMS: &[&str] = &["ground", "first", "second"];

/// A crate of these files; `lib.rs` and the `mod.rs` are written for it unless they are given.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let mut sources =
        Sources::from([("lib.rs".into(), "mod ground; mod first; mod second;".into())]);
    for room in ROOMS {
        let file = format!("{room}.rs");
        sources.insert(file, "pub(crate) struct Thing;".to_owned());
    }
    for (file, text) in files {
        if let Some((room, _)) = file.split_once('/') {
            sources.remove(&format!("{room}.rs"));
        }
        sources.insert((*file).to_owned(), (*text).to_owned());
    }
    complaints(&sources, ROOMS)
}

/// The lines of the only message, without the first.
#[track_caller]
fn one(files: &[(&str, &str)]) -> Vec<String> {
    let found = found(files);
    assert_eq!(found.len(), 1, "{found:#?}");
    let lines = found[0].lines().skip(1);
    lines.map(|line| line.trim().to_owned()).collect()
}

#[track_caller]
fn none(files: &[(&str, &str)]) {
    assert_eq!(found(files), [""; 0]);
}

#[test]
fn imports_from_above_are_as_they_should_be() {
    none(&[
        (
            "second.rs",
            "use crate::{first::Thing as First, ground::Thing};",
        ),
        (
            "first.rs",
            "pub(crate) use crate::ground::*; fn f(_: super::ground::Thing) {}",
        ),
    ]);
}

#[test]
fn an_import_that_climbs() {
    let climbs = ["ground.rs:2 imports second.rs (`crate::second::Thing`)"];
    for text in [
        "\nuse crate::second::Thing;",
        "\nuse crate::{second::Thing as Renamed};",
        "\nfn f(_: Vec<crate::second::Thing>) {}",
        "\nfn f() { let _ = crate::second::Thing; }",
        "\nfn f() { assert_eq!(vec![crate::second::Thing], []); }",
        "\nimpl<T: From<crate::second::Thing>> Clone for Vec<T> {}",
        "#[derive(Serialize)] struct S(\n#[serde(with = \"crate::second::Thing\")] u8);",
        "macro_rules! thing { () => {\n$crate::second::Thing }; }",
        "macro_rules! thing { () => {\nuse crate::second::{Thing}; }; }",
        "#[cfg(feature = \"other\")]\nuse crate::second::Thing;",
        "mod inner {\nuse crate::second::Thing; }",
    ] {
        assert_eq!(one(&[("ground.rs", text)]), climbs, "{text}");
    }
}

#[test]
fn a_module_that_climbs_and_what_is_reached_through_it() {
    let text = "use super::second;\nfn f() { second::Thing; }";
    let lines = [
        "ground.rs:1 imports second.rs (`super::second`)",
        "ground.rs:2 imports second.rs (`second::Thing`)",
    ];
    assert_eq!(one(&[("ground.rs", text)]), lines);
}

#[test]
fn what_tests_and_others_import_is_left_out() {
    none(&[(
        "ground.rs",
        "#[cfg(test)] mod tests { use crate::second::Thing; }
         #[cfg(all(test, feature = \"other\"))] use crate::second::Thing;
         #[cfg(any(test, fuzzing))] mod fuzz { use crate::second::Thing; }
         struct S { #[cfg(test)] field: crate::second::Thing }
         impl S { #[cfg(test)] fn f() { crate::second::Thing; } }
         /// [`crate::second::Thing`]
         pub(in crate::second) fn g() { ::second::Thing; quote!(#krate::second::Thing ::second::Thing); }",
    )]);
}

#[test]
fn a_circle_through_a_re_export() {
    let lines = one(&[
        (
            "first/mod.rs",
            "mod a; mod b; pub(crate) use self::{a::A, b::B};",
        ),
        ("first/a.rs", "use super::B; pub(crate) struct A;"),
        ("first/b.rs", "\nuse crate::first::A; pub(crate) struct B;"),
    ]);
    assert_eq!(
        lines,
        [
            "first/a.rs:1 imports first/b.rs (`super::B`)",
            "first/b.rs:2 imports first/a.rs (`crate::first::A`)",
        ]
    );
}

#[test]
fn a_circle_through_a_glob_of_a_glob_and_a_renamed_re_export() {
    let lines = one(&[
        (
            "first/mod.rs",
            "mod a; mod b; pub(crate) use a::*; pub(crate) use b::B as Other;",
        ),
        ("first/a.rs", "use super::Other; pub(crate) struct A;"),
        ("first/b.rs", "use crate::first::*; pub(crate) struct B(A);"),
    ]);
    let circle = [
        "first/a.rs:1 imports first/b.rs (`super::Other`)",
        "first/b.rs:1 imports first/a.rs (`A`)",
    ];
    assert_eq!(lines[..2], circle, "{lines:#?}");
}

#[test]
fn a_circle_of_a_module_and_its_child() {
    let lines = one(&[
        (
            "first/mod.rs",
            "mod a; pub(crate) struct M; fn f() { a::make(); }",
        ),
        ("first/a.rs", "use super::M; pub(crate) fn make() {}"),
    ]);
    assert_eq!(
        lines,
        [
            "first/a.rs:1 imports first/mod.rs (`super::M`)",
            "first/mod.rs:1 imports first/a.rs (`a::make`)",
        ]
    );
    none(&[
        ("first/mod.rs", "mod a; pub(crate) struct M;"),
        ("first/a.rs", "use super::M; pub(crate) fn make() {}"),
    ]);
    let lines = one(&[
        (
            "first/mod.rs",
            "macro_rules! make { () => {} } mod a; pub(crate) use a::A;",
        ),
        ("first/a.rs", "make!(); pub(crate) struct A;"),
    ]);
    assert_eq!(lines[0], "first/a.rs:1 imports first/mod.rs (`make`)");
}

#[test]
fn a_circle_of_three_is_named_once() {
    let lines = one(&[
        ("first/mod.rs", "mod a; mod b; mod c;"),
        ("first/a.rs", "pub(crate) fn a() { super::b::b(); }"),
        ("first/b.rs", "pub(crate) fn b() { super::c::c(); }"),
        ("first/c.rs", "use super::a; pub(crate) fn c() { a::a(); }"),
    ]);
    assert_eq!(lines.len(), 3, "{lines:#?}");
}

#[test]
fn names_that_another_crate_has_too() {
    none(&[
        (
            "first/mod.rs",
            "mod time; use tracing; use std::time::Duration; pub(crate) use time::Date;",
        ),
        (
            "first/time.rs",
            "use time::Thing; pub(crate) struct Date(time::Date, tracing::Span);",
        ),
    ]);
}
