//! "Did you mean", in constants: the token of what is flattened whose name is nearest to an unknown one. The rule is that
//! of the derive, which sees the names of the event's own fields only.

use crate::event::Parts;

/// Longer names are reported without advice.
const LONGEST: usize = 64;

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
            let known = Folded::new(token.name());
            let distance = word.distance(&known);
            let shorter = if known.length < word.length {
                known.length
            } else {
                word.length
            };
            let nearer = match best {
                Some((before, _)) => distance < before,
                None => true,
            };
            if distance <= shorter / 3 && nearer {
                best = Some((distance, token.name()));
            }
            tokens = rest;
        }
        best = nearest_in(first.parts, word, best);
        parts = rest;
    }
    best
}

/// The letters of a name that are compared.
struct Folded {
    bytes: [u8; LONGEST],
    length: usize,
}

#[expect(
    clippy::indexing_slicing,
    reason = "in a constant there are no iterators, and every index is below a length that is checked"
)]
impl Folded {
    /// Nothing for a name that is too long.
    const fn new(name: &str) -> Self {
        let mut folded = Folded {
            bytes: [0; LONGEST],
            length: 0,
        };
        let mut rest = name.as_bytes();
        while let [byte, after @ ..] = rest {
            if !matches!(byte, b'_' | b'-') {
                if folded.length == LONGEST {
                    folded.length = 0;
                    return folded;
                }
                folded.bytes[folded.length] = byte.to_ascii_lowercase();
                folded.length += 1;
            }
            rest = after;
        }
        folded
    }

    /// How many letters must be put in, left out, replaced, or swapped with their neighbour.
    const fn distance(&self, other: &Self) -> usize {
        let mut before_last = [0; LONGEST + 1];
        let mut last = [0; LONGEST + 1];
        let mut column = 0;
        while column <= other.length {
            last[column] = column;
            column += 1;
        }
        let mut row = 1;
        while row <= self.length {
            let mut this = [0; LONGEST + 1];
            this[0] = row;
            let mut column = 1;
            while column <= other.length {
                let (a, b) = (self.bytes[row - 1], other.bytes[column - 1]);
                let mut best = last[column - 1] + (a != b) as usize;
                if last[column] + 1 < best {
                    best = last[column] + 1;
                }
                if this[column - 1] + 1 < best {
                    best = this[column - 1] + 1;
                }
                if row > 1
                    && column > 1
                    && a == other.bytes[column - 2]
                    && b == self.bytes[row - 2]
                    && before_last[column - 2] + 1 < best
                {
                    best = before_last[column - 2] + 1;
                }
                this[column] = best;
                column += 1;
            }
            before_last = last;
            last = this;
            row += 1;
        }
        last[other.length]
    }
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
