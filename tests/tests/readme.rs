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

/// Who may use the API stands in the first ten lines.
#[test]
fn the_first_ten_lines_say_who_may_use_it() {
    let first: Vec<&str> = README.lines().take(10).collect();
    let first = first.join(" ");
    for words in ["public (OAuth) apps", "September 2027", "approval"] {
        assert!(first.contains(words), "{words}");
    }
}
