//! The cases of the `ui` tests, run inside this process: the derive is a function from tokens to tokens, so that all
//! of its own messages can be compared without a compiler, in less than a second.
//!
//! The same files are compiled for real by `tests/tests/ui.rs`; what rustc says is only seen there.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::inert::Trait;

#[test]
fn wrong_types_are_told_what_their_stderr_says() {
    let cases = files(&tests().join("ui/fail"));
    assert!(cases.len() > 60, "{} cases", cases.len());
    for case in cases {
        let source = read(&case);
        if is_made_by_a_macro(&source) {
            continue;
        }
        let expected = from_stderr(&read(&case.with_extension("stderr")));
        assert_eq!(told(&source), expected, "{}", case.display());
    }
}

#[test]
fn right_types_are_told_nothing() {
    let mut cases = files(&tests().join("ui/pass"));
    cases.extend(files(&tests().join("derive")));
    let mut count = 0;
    for case in cases {
        let source = read(&case);
        if is_made_by_a_macro(&source) {
            continue;
        }
        count += source.matches("#[derive(").count();
        assert_eq!(told(&source), "", "{}", case.display());
    }
    assert!(count > 50, "{count} types");
}

/// What is half written is told something, and never panics: every prefix and every gap of some attributes.
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

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/tests")
}

/// What a macro of the case's own makes is there only once it is compiled.
fn is_made_by_a_macro(source: &str) -> bool {
    source.contains("macro_rules!")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The derive's own errors in a `.stderr`, as `line:column message`.
fn from_stderr(stderr: &str) -> String {
    let mut told = String::new();
    let mut lines = stderr.lines();
    while let Some(line) = lines.next() {
        let Some(message) = line.strip_prefix("error: ") else {
            continue;
        };
        let place = lines.next().unwrap_or_default();
        let mut place = place.rsplit(':');
        let (column, line) = (place.next(), place.next());
        let (Some(line), Some(column)) = (line, column) else {
            continue;
        };
        let _ = writeln!(told, "{line}:{column} {message}");
    }
    told
}

/// What the derives in a file say, as `line:column message`.
fn told(source: &str) -> String {
    let tokens: TokenStream = source.parse().expect("Rust's tokens");
    let mut told = String::new();
    for item in items(tokens) {
        for of in item.derives {
            errors(crate::derive(item.tokens.clone(), of), &mut told);
        }
    }
    told
}

/// An item with some of our derives.
struct Item {
    derives: Vec<Trait>,
    tokens: TokenStream,
}

/// The items with a derive of ours, at every depth.
fn items(tokens: TokenStream) -> Vec<Item> {
    let mut found = Vec::new();
    let mut item = Item {
        derives: Vec::new(),
        tokens: TokenStream::new(),
    };
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        if let (TokenTree::Punct(hash), Some(TokenTree::Group(attribute))) = (&token, tokens.peek())
            && hash.as_char() == '#'
            && let Some(derives) = derives(attribute.stream())
        {
            item.derives.extend(derives);
            tokens.next();
            continue;
        }
        let ends = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            _ => false,
        };
        if let TokenTree::Group(group) = &token
            && item.derives.is_empty()
        {
            found.extend(items(group.stream()));
        }
        item.tokens.extend([token]);
        if ends {
            let ended = std::mem::replace(
                &mut item,
                Item {
                    derives: Vec::new(),
                    tokens: TokenStream::new(),
                },
            );
            if !ended.derives.is_empty() {
                found.push(ended);
            }
        }
    }
    found
}

/// Our derives in `derive(…)`, in the order they stand there.
fn derives(attribute: TokenStream) -> Option<Vec<Trait>> {
    let mut attribute = attribute.into_iter();
    match (attribute.next(), attribute.next()) {
        (Some(TokenTree::Ident(name)), Some(TokenTree::Group(list))) if name == "derive" => {
            let ours = list.stream().into_iter().filter_map(|token| {
                Some(match token.to_string().as_str() {
                    "TimelineEvent" => Trait::Event,
                    "TimelineFields" => Trait::Fields,
                    "TokenEnum" => Trait::Token,
                    _ => return None,
                })
            });
            Some(ours.collect())
        }
        _ => None,
    }
}

/// The `compile_error!`s of an expansion.
fn errors(expanded: TokenStream, told: &mut String) {
    let mut tokens = expanded.into_iter();
    while let Some(token) = tokens.next() {
        let TokenTree::Ident(name) = &token else {
            continue;
        };
        if name != "compile_error" {
            continue;
        }
        tokens.next();
        let Some(TokenTree::Group(group)) = tokens.next() else {
            continue;
        };
        let text: syn::LitStr = syn::parse2(group.stream()).expect("a text");
        let start = name.span().start();
        let _ = writeln!(told, "{}:{} {}", start.line, start.column + 1, text.value());
    }
}
