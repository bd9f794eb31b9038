//! The README's tests, run as they stand there: a doc test compiles a `#[tokio::test]` and does not run it.

#[path = "readme/clock.rs"]
mod clock;
#[path = "readme/webinar.rs"]
mod webinar;

const README: &str = include_str!("../../README.md");

#[test]
fn they_stand_in_the_readme_word_for_word() {
    for (file, code) in [
        ("webinar.rs", include_str!("readme/webinar.rs")),
        ("clock.rs", include_str!("readme/clock.rs")),
    ] {
        let block = format!("```rust\n{code}```\n");
        assert!(
            README.contains(&block),
            "tests/tests/readme/{file} is not in README.md"
        );
    }
}

/// What an example needs is said in its head, in the versions that it is built with here.
#[test]
fn the_examples_say_what_they_need() {
    let workspace = include_str!("../../Cargo.toml");
    let version = |line: &str| {
        let (name, rest) = line.split_once(" = ")?;
        let mut quoted = rest.split('"');
        Some((name.to_owned(), quoted.nth(1)?.to_owned()))
    };
    for (example, source) in [
        ("axum", include_str!("../../examples/axum/main.rs")),
        ("nightly", include_str!("../../examples/nightly/main.rs")),
        ("accounts", include_str!("../../examples/accounts/main.rs")),
    ] {
        let block = source.split("//! ```toml\n").nth(1);
        let block = block.and_then(|rest| rest.split("//! ```").next());
        let lines: Vec<&str> = block.unwrap_or_default().lines().collect();
        assert!(lines.len() > 3, "{example}: {lines:?}");
        for line in lines {
            let (name, said) = version(line.trim_start_matches("//! ")).expect("a dependency");
            let ours = workspace.lines().filter_map(version);
            let ours = ours
                .filter(|(other, _)| *other == name)
                .map(|(_, own)| own)
                .next();
            let ours = ours.unwrap_or_else(|| panic!("{example}: {name} is not ours"));
            assert!(
                ours.starts_with(&said),
                "{example}: {name} {said}, built with {ours}"
            );
        }
    }
}

/// Who may use the API stands in the first ten lines.
#[test]
fn the_first_ten_lines_say_who_may_use_it() {
    let first: Vec<&str> = README.lines().take(10).collect();
    let first = first.join(" ");
    for words in ["public (OAuth) apps", "September 2027", "approval"] {
        assert!(first.contains(words), "{words}");
    }
}
