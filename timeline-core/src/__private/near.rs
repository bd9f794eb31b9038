//! "Did you mean", in constants: the flattened token whose name is nearest to an unknown one. The rule is the derive's;
//! the derive sees only the names of the event's own fields.

use crate::event::Parts;
use crate::token::near::Folded;

/// The nearest token of the parts, if one is near: at most a third of its letters differ. Case, `-` and `_` are not
/// counted.
pub(super) const fn nearest(parts: &[&Parts<'_>], word: &str) -> Option<&'static str> {
    match nearest_in(parts, &Folded::new(word), None) {
        Some((_, name)) => Some(name),
        None => None,
    }
}

const fn nearest_in(
    parts: &[&Parts<'_>],
    word: &Folded,
    mut best: Option<(usize, &'static str)>,
) -> Option<(usize, &'static str)> {
    let mut parts = parts;
    while let [first, rest @ ..] = parts {
        let mut tokens = first.tokens;
        while let [token, rest @ ..] = tokens {
            if let Some(distance) = word.near(&Folded::new(token.name())) {
                let nearer = match best {
                    Some((before, _)) => distance < before,
                    None => true,
                };
                if nearer {
                    best = Some((distance, token.name()));
                }
            }
            tokens = rest;
        }
        best = nearest_in(first.parts, word, best);
        parts = rest;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::nearest;
    use crate::event::{PartToken, Parts};

    #[test]
    fn the_nearest_token_if_one_is_near() {
        let inner = Parts {
            tokens: &[PartToken::new("firstPage", None)],
            ..Parts::NONE
        };
        let outer = Parts {
            tokens: &[PartToken::new("price", None), PartToken::new("plan", None)],
            parts: &[&inner],
            ..Parts::NONE
        };
        let long = "x".repeat(65);
        for (word, expected) in [
            ("prise", Some("price")),
            ("pirce", Some("price")),
            ("PLAN", Some("plan")),
            ("first_page", Some("firstPage")),
            ("firstPaeg", Some("firstPage")),
            ("colour", None),
            ("", None),
            (long.as_str(), None),
        ] {
            assert_eq!(nearest(&[&Parts::NONE, &outer], word), expected, "{word}");
        }
    }
}
