//! The cases of the `ui` tests, run inside this process: the derive is a function from tokens to tokens, so that all
//! of its own messages can be compared without a compiler, in less than a second.
//!
//! The same files are compiled for real by `tests/compile/tests/ui.rs`; what rustc says is only seen there.

mod sources;

use proc_macro2::{TokenStream, TokenTree};

use self::sources::{errors, files, from_stderr, is_made_by_a_macro, items, read, reported, tests};
use crate::fallback::Trait;

#[test]
fn wrong_types_are_reported_what_their_stderr_says() {
    let Some(tests) = tests() else { return };
    let cases = files(&tests.join("ui/fail"));
    assert!(cases.len() > 60, "{} cases", cases.len());
    for case in cases {
        let source = read(&case);
        if is_made_by_a_macro(&source) {
            continue;
        }
        let expected = from_stderr(&read(&case.with_extension("stderr")));
        assert_eq!(reported(&source), expected, "{}", case.display());
    }
}

#[test]
fn right_types_are_reported_nothing() {
    let Some(tests) = tests() else { return };
    let mut cases = files(&tests.join("../right"));
    cases.extend(files(&tests.join("derive")));
    let mut count = 0;
    for case in cases {
        let source = read(&case);
        if is_made_by_a_macro(&source) {
            continue;
        }
        count += source.matches("#[derive(").count();
        assert_eq!(reported(&source), "", "{}", case.display());
    }
    assert!(count > 50, "{count} types");
}

/// The assertions that rustc finds broken are in the expansion, in these words.
#[test]
fn what_rustc_finds_broken_was_asserted() {
    let Some(tests) = tests() else { return };
    let mut count = 0;
    for case in files(&tests.join("ui/rustc")) {
        let source = read(&case);
        let stderr = read(&case.with_extension("stderr"));
        let expanded = items(source.parse().expect("Rust's tokens"))
            .into_iter()
            .flat_map(|item| {
                let tokens = item.tokens;
                item.derives
                    .into_iter()
                    .map(move |of| crate::derive(tokens.clone(), of))
            });
        let mut texts = Vec::new();
        expanded.for_each(|expanded| literals(expanded, &mut texts));
        for line in stderr.lines() {
            let Some(said) = line.strip_prefix("error[E0080]: evaluation panicked: ") else {
                continue;
            };
            let is_part = |text: &String| text.len() > 5 && said.contains(text.as_str());
            let whole = texts.iter().any(|text| text == said);
            // A name that the compiler fills in stands between two texts.
            let in_two = texts
                .iter()
                .any(|text| is_part(text) && said.starts_with(text.as_str()))
                && texts
                    .iter()
                    .any(|text| is_part(text) && said.ends_with(text.as_str()));
            // `timeline_core` finds the near name, and has its own message for an id.
            let near = texts.iter().any(|text| {
                said.strip_prefix(text)
                    .is_some_and(|rest| rest.starts_with("did you mean `{{"))
            });
            let of_an_id = said.ends_with("`template_id = \"1001298\"`");
            assert!(
                whole || in_two || near || of_an_id,
                "{}: {said}",
                case.display()
            );
            count += 1;
        }
    }
    assert!(count > 25, "{count} assertions");
}

fn literals(tokens: TokenStream, texts: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => literals(group.stream(), texts),
            TokenTree::Literal(literal) => {
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                    texts.push(text.value());
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

/// If a type parameter stands in the type, the answer differs from use to use: an event that must not be built is found
/// when it is built, and every other mistake when the template is asked for. Otherwise constants beside the impl are
/// evaluated at once.
#[test]
fn assertions_stand_where_they_can_be_judged() {
    for (item, beside, building, declaring) in [
        ("struct E { #[timeline(email)] e: S, t: S }", 0, 0, 0),
        // No `email` twice, no `t` twice, not too many tokens.
        (
            "struct E { #[timeline(email)] e: S, t: S, #[timeline(flatten)] p: P }",
            3,
            0,
            0,
        ),
        (
            "struct E<'a> { #[timeline(email)] e: S, t: S, #[timeline(flatten)] p: P<'a> }",
            3,
            0,
            0,
        ),
        (
            "struct E<T> { #[timeline(email)] e: S, t: S, #[timeline(flatten)] p: P<T> }",
            0,
            2,
            1,
        ),
        (
            "struct E<const N: usize> { #[timeline(email)] e: S, t: S, #[timeline(flatten)] p: P<N> }",
            0,
            2,
            1,
        ),
        (
            "struct E { #[timeline(email)] e: S, t: S, #[timeline(flatten)] p: P<Self> }",
            0,
            2,
            1,
        ),
        // There is an identifier; `p` and `q` share nothing.
        (
            "struct E<T> { #[timeline(flatten)] p: P, #[timeline(flatten)] q: Q<T> }",
            0,
            1,
            2,
        ),
        (
            "struct E { #[timeline(flatten)] p: P, #[timeline(flatten)] q: Q }",
            3,
            0,
            0,
        ),
        // No `email` twice, and the key excludes an `id` once.
        (
            "struct E { #[timeline(email)] e: S, #[timeline(key)] k: S, #[timeline(key)] l: S, #[timeline(flatten)] p: P }",
            3,
            0,
            0,
        ),
        // No assertion is made about a part that was reported to be wrong.
        (
            "struct E { #[timeline(flatten, skip)] p: P, #[timeline(email)] e: S, t: S }",
            0,
            0,
            0,
        ),
        ("struct E { #[timeline(flatten, skip)] p: P }", 0, 0, 0),
    ] {
        let item = format!("#[timeline(template_id = \"1\")] {item}");
        assert_eq!(assertions(&item), (beside, building, declaring), "{item}");
    }
}

/// Only the field's type decides what a token's type is, unless an attribute says it.
#[test]
fn a_formatted_date_is_asserted_to_be_one_where_it_is_not_known() {
    for (field, asserted, told) in [
        ("at: S", 1, 0),
        ("#[timeline(type = \"date\")] at: u64", 0, 0),
        ("#[timeline(with = \"date\")] at: S", 0, 0),
        ("#[timeline(timestamp, token = \"at\")] at: S", 0, 0),
        ("#[timeline(utk, token = \"at\")] at: S", 1, 0),
        // Reported to be wrong, and so not asserted.
        ("#[timeline(type = \"day\")] at: S", 0, 1),
        ("#[timeline(type = \"number\")] at: u64", 0, 1),
        ("#[timeline(colour, token = \"at\")] at: S", 0, 1),
    ] {
        let item = format!(
            "#[timeline(template_id = \"1\", header = \"{{{{#formatDate at}}}}{{{{/formatDate}}}}\")] \
             struct E {{ #[timeline(email)] e: S, {field} }}"
        );
        assert_eq!(assertions(&item), (asserted, 0, 0), "{item}");
        assert_eq!(reported_of(&item).lines().count(), told, "{item}");
    }
    for header in ["{{at}}", "{at}", "{other}", "{{timestamp}}"] {
        let item = format!(
            "#[timeline(template_id = \"1\", header = \"{header}\")] struct E {{ #[timeline(email)] e: S, at: S }}"
        );
        assert_eq!(assertions(&item), (0, 0, 0), "{item}");
    }
}

/// Two variants of one template: the types of their tokens are compared where they are known.
#[test]
fn variants_of_one_template_are_asserted_to_agree() {
    for (first, later, asserted) in [
        ("t: S", "t: S", 1),
        ("t: S, u: S", "u: S, t: S", 2),
        ("#[timeline(type = \"date\")] t: u64", "t: S", 1),
        ("t: S", "#[timeline(type = \"date\")] t: u64", 1),
        (
            "#[timeline(type = \"date\")] t: u64",
            "#[timeline(type = \"date\")] t: u64",
            0,
        ),
        ("#[timeline(with = \"f\")] t: S", "t: S", 0),
        ("t: S", "#[timeline(with = \"f\")] t: S", 0),
        (
            "#[timeline(type = \"date\")] t: u64",
            "#[timeline(with = \"f\")] t: S",
            0,
        ),
        (
            "#[timeline(with = \"f\")] t: S",
            "#[timeline(type = \"date\")] t: u64",
            0,
        ),
        ("#[timeline(timestamp, token = \"t\")] at: S", "t: S", 1),
        ("t: S", "#[timeline(timestamp, token = \"t\")] at: S", 1),
        ("#[timeline(label = \"\")] t: S", "t: S", 1),
        ("t: S", "#[timeline(label = \"\")] t: S", 1),
        ("#[timeline(colour)] t: S", "t: S", 0),
        // All tokens the same, and not too many.
        ("#[timeline(flatten)] p: P", "t: S", 2),
        ("t: S", "#[timeline(flatten)] p: P", 2),
        ("#[timeline(flatten)] p: P", "#[timeline(flatten)] p: P", 3),
        // No assertion is made about a part that was reported to be wrong; the other may still have too many.
        (
            "#[timeline(flatten, skip)] p: P",
            "#[timeline(flatten)] p: P",
            1,
        ),
        (
            "#[timeline(flatten)] p: P",
            "#[timeline(flatten, skip)] p: P",
            1,
        ),
    ] {
        // For each part one assertion says that it brings no second e-mail.
        let item = format!(
            "#[timeline(template_id = \"1\")] enum E {{ A {{ #[timeline(email)] e: S, {first} }}, \
             B {{ #[timeline(email)] e: S, {later} }} }}"
        );
        let sound = |fields: &str| usize::from(fields.contains("(flatten)"));
        let asserted = asserted + sound(first) + sound(later);
        assert_eq!(assertions(&item), (asserted, 0, 0), "{item}");
    }
}

#[test]
fn a_template_has_at_most_500_tokens() {
    for (count, told) in [(500, 0), (501, 1), (502, 1)] {
        let fields: String = (0..count).map(|field| format!("t{field}: u8,")).collect();
        let item = format!(
            "#[timeline(template_id = \"1\")] struct E {{ #[timeline(email)] e: S, {fields} }}"
        );
        let mut text = String::new();
        errors(
            crate::derive(item.parse().expect("tokens"), Trait::Event),
            &mut text,
        );
        assert_eq!(text.lines().count(), told, "{text}");
        assert_eq!(text.contains("this is token 501;"), told > 0, "{text}");
    }
}

/// What is in doubt is not in the expansion, so that rustc reports nothing that follows from it.
#[test]
fn what_is_in_doubt_is_not_expanded() {
    for (item, is_expanded) in [
        ("struct E { #[timeline(email)] e: S, t: Marked }", true),
        (
            "struct E { #[timeline(email)] e: S, #[timeline(tokn = \"t\")] t: Marked }",
            true,
        ),
        (
            "struct E { #[timeline(email)] e: S, #[timeline(flaten)] t: Marked }",
            false,
        ),
        (
            "struct E { #[timeline(email)] e: S, #[timeline(with = \"1 +\")] t: Marked }",
            false,
        ),
        (
            "struct E { #[timeline(email)] e: S, #[timeline(flatten, utk)] t: Marked }",
            false,
        ),
        ("enum E { A { #[timeline(email)] e: S, t: Marked } }", true),
        (
            "enum E { A { #[timeline(email)] e: S, t: &'b Marked } }",
            false,
        ),
    ] {
        let item = format!("#[timeline(template_id = \"1\")] {item}");
        let expanded = crate::derive(item.parse().expect("tokens"), Trait::Event).to_string();
        assert_eq!(expanded.contains("Marked"), is_expanded, "{item}");
    }
    for (variant, is_expanded) in [
        ("A(Marked)", true),
        ("#[timeline(name = \"a\")] A(Marked)", false),
        ("#[timeline(template_id = \"2\")] A(Marked)", false),
        ("A(&'b Marked)", false),
    ] {
        let item = format!("enum E {{ {variant}, B(Other) }}");
        let expanded = crate::derive(item.parse().expect("tokens"), Trait::Event).to_string();
        assert_eq!(expanded.contains("Marked"), is_expanded, "{item}");
    }
    for (field, is_expanded) in [
        ("t: S", true),
        ("#[timeline(skip)] t: S", true),
        ("#[timeline(skip, utk)] t: S", false),
        ("#[timeline(flatten)] t: S", false),
    ] {
        let item = format!(
            "#[timeline(template_id = \"1\", id = \"a-{{t}}\")] struct E {{ #[timeline(email)] e: S, {field} }}"
        );
        let expanded = crate::derive(item.parse().expect("tokens"), Trait::Event).to_string();
        assert_eq!(expanded.contains(":: pattern ("), is_expanded, "{item}");
    }
}

/// A `rename_all` on the enum that cannot be read hides the names of a variant only if the variant has no `rename_all`
/// of its own.
#[test]
fn a_variants_own_rule_for_names_is_in_no_doubt() {
    for (rule, reported) in [("", 1), ("rename_all = \"camelCase\",", 2)] {
        let item = format!(
            "#[timeline(rename_all = 1)] enum E {{ #[timeline({rule} template_id = \"1\", header = \"{{{{colour}}}}\")] \
             A {{ #[timeline(email)] e: S, t: S }} }}"
        );
        let text = reported_of(&item);
        assert_eq!(text.lines().count(), reported, "{text}");
    }
}

/// What is wrong with an event.
pub(crate) fn reported_of(item: &str) -> String {
    let mut told = String::new();
    errors(
        crate::derive(item.parse().expect("tokens"), Trait::Event),
        &mut told,
    );
    told
}

/// How many assertions stand beside the impl, in `event_input`, and in `templates`.
fn assertions(item: &str) -> (usize, usize, usize) {
    let expanded = crate::derive(item.parse().expect("tokens"), Trait::Event).to_string();
    assert!(!expanded.contains("< 'a > > :: PARTS"), "{item}");
    let count = |text: &str| expanded.matches(text).count();
    let (in_all, in_impl) = (count(":: refuse ("), count("let () = const {"));
    (in_all - in_impl, count(":: mistake ("), in_impl)
}

/// Half-written attributes are reported, and never cause a panic. Tried are some attributes without one of their
/// tokens, for each token.
#[test]
fn half_written_attributes_do_no_harm() {
    let whole = "#[derive(TimelineEvent)] #[timeline(template_id = \"1\", id = \"a-{b}\", header = \"{{b}}\")] \
                 enum E<'a, T: Clone> { #[timeline(template = \"x\", object_type = \"deals\")] A { #[timeline(object_id, \
                 token = \"t\", type = \"date\", with = \"f\")] b: &'a T, #[timeline(flatten)] c: C }, D(T) }";
    let tokens: TokenStream = whole.parse().expect("tokens");
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut variations = Vec::new();
    without_one(&tokens, &mut |varied| variations.push(varied));
    assert!(variations.len() > 60, "{}", variations.len());
    for varied in variations {
        for of in [Trait::Event, Trait::Fields, Trait::Token] {
            let text = varied.to_string();
            let Some(item) = items(varied.clone()).into_iter().next() else {
                continue;
            };
            let is_item = syn::parse2::<syn::DeriveInput>(item.tokens.clone()).is_ok();
            let expanded = crate::derive(item.tokens, of).to_string();
            assert!(
                expanded.contains(if is_item { " impl " } else { "compile_error" }),
                "{text}"
            );
        }
    }
}

/// Calls back with the tokens, each time without one of them, at every depth.
fn without_one(tokens: &[TokenTree], back: &mut dyn FnMut(TokenStream)) {
    for at in 0..tokens.len() {
        let (before, rest) = tokens.split_at(at);
        let Some((one, after)) = rest.split_first() else {
            continue;
        };
        let with = |middle: Option<TokenTree>| {
            let all = before.iter().cloned().chain(middle);
            all.chain(after.iter().cloned()).collect()
        };
        back(with(None));
        if let TokenTree::Group(group) = one {
            let inside: Vec<TokenTree> = group.stream().into_iter().collect();
            without_one(&inside, &mut |inside| {
                let varied = proc_macro2::Group::new(group.delimiter(), inside);
                back(with(Some(varied.into())));
            });
        }
    }
}

/// A manifest that cannot be read is reported once for each path, with the path as written and as resolved. Everything
/// else is expanded.
#[test]
fn a_manifest_that_cannot_be_read_is_one_error() {
    let Some(tests) = tests() else { return };
    let item = |manifest: &str| {
        let sound = format!(
            "#[timeline(template = \"Pet adopted\", manifest = \"{manifest}\")] struct E {{ #[timeline(email)] e: S, t: Marked }}"
        );
        (sound.clone(), reported_of(&sound))
    };
    for (manifest, says) in [
        (
            "none.json",
            "there is no such file; the path is relative to the package's `Cargo.toml`; `timeline pull --output none.json` writes it",
        ),
        (
            "Cargo.toml",
            "line 1, column 2: expected a value, found 'p'; `timeline pull --output Cargo.toml` writes it",
        ),
        (
            "app-events/card-hsmeta.json",
            "it defines no event type: its `type` is not `app-event`; `timeline pull",
        ),
        (
            "tests/ui",
            "no file in this folder defines an event type of app events",
        ),
    ] {
        let (sound, told) = item(manifest);
        let resolved = tests.join("..").join(manifest);
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(
            told.contains(&format!("the manifest {manifest:?} (")),
            "{told}"
        );
        assert!(told.contains(says), "{told}");
        assert!(
            resolved.is_absolute() && told.contains(&format!("{manifest}): ")),
            "{told}"
        );
        // Nothing is reported again for a second type; both types are expanded.
        assert_eq!(reported_of(&sound), "", "{manifest}");
        let expanded = crate::derive(sound.parse().expect("tokens"), Trait::Event).to_string();
        assert!(expanded.contains("Marked"), "{manifest}");
    }
}

/// The file is tracked once, by a path inside the package.
#[test]
fn a_manifest_is_tracked_once() {
    if tests().is_none() {
        return;
    }
    let item = "#[timeline(template = \"Pet adopted\", manifest = \"timeline.json\")] struct E { #[timeline(email)] e: S }";
    let expand = || crate::derive(item.parse().expect("tokens"), Trait::Event).to_string();
    let (first, second) = (expand(), expand());
    assert_eq!(first.matches("include_bytes").count(), 1, "{first}");
    assert_eq!(second.matches("include_bytes").count(), 0, "{second}");
    assert!(first.contains("\"/timeline.json\""), "{first}");
    let here = env!("CARGO_MANIFEST_DIR");
    assert!(!first.contains(here), "{first}");
}
