//! The cases of the tests as files: what they derive, and what their `.stderr` says.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::fallback::Trait;

/// The folder with the cases. A published package has none.
pub(super) fn tests() -> Option<PathBuf> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Cargo puts this file into what it publishes.
    if package.join("Cargo.toml.orig").exists() {
        println!("skipped: the cases are files of the repository");
        return None;
    }
    Some(package.join("../tests/tests"))
}

/// Whether the case has a macro of its own: what that makes exists only once the case is compiled.
pub(super) fn is_made_by_a_macro(source: &str) -> bool {
    source.contains("macro_rules!")
}

pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
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

pub(super) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The derive's own errors in a `.stderr`, as `line:column message`.
pub(super) fn from_stderr(stderr: &str) -> String {
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
pub(super) fn reported(source: &str) -> String {
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
pub(super) struct Item {
    pub(super) derives: Vec<Trait>,
    pub(super) tokens: TokenStream,
}

/// The items with a derive of ours, at every depth.
pub(super) fn items(tokens: TokenStream) -> Vec<Item> {
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
pub(super) fn derives(attribute: TokenStream) -> Option<Vec<Trait>> {
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
pub(super) fn errors(expanded: TokenStream, told: &mut String) {
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
