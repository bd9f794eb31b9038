//! "Did you mean": which known name is near to an unknown one. Case, `-` and `_` are not counted.

/// Longer names are reported without a suggestion.
const LONGEST: usize = 64;

/// The nearest of the names, if one is near.
pub(crate) fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let word = Folded::new(word);
    let near = |name: &'n str| Some((word.near(&Folded::new(name))?, name));
    let nearest = names.into_iter().filter_map(near);
    nearest
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The letters of a name that are compared.
pub(crate) struct Folded {
    bytes: [u8; LONGEST],
    length: usize,
}

#[expect(
    clippy::indexing_slicing,
    reason = "in a constant there are no iterators, and every index is below a length that is checked"
)]
impl Folded {
    /// Empty for a name that is too long.
    pub(crate) const fn new(name: &str) -> Self {
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

    /// How many letters differ, if it is near: at most a third of them do.
    pub(crate) const fn near(&self, other: &Self) -> Option<usize> {
        let (shorter, longer) = if other.length < self.length {
            (other.length, self.length)
        } else {
            (self.length, other.length)
        };
        // Most names are told apart by their lengths. Of a name that is too long no letter is known.
        if shorter == 0 || longer - shorter > shorter / 3 {
            return None;
        }
        let distance = self.distance(other);
        if distance <= shorter / 3 {
            Some(distance)
        } else {
            None
        }
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

    #[test]
    fn the_nearest_name_if_one_is_near() {
        let names = ["Pet adopted", "Pet adoptions", "Order shipped"];
        for (word, expected) in [
            ("Pet adoptd", Some("Pet adopted")),
            ("pet_adoption", Some("Pet adoptions")),
            ("order shiped", Some("Order shipped")),
            ("Webinar attended", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, names), expected, "{word}");
        }
        assert_eq!(nearest("Pet adopted", []), None);
        // Too long to be compared, though they are equal but for one letter; and without a letter.
        let long = ["a", "b"].map(|end| "x".repeat(70) + end);
        assert_eq!(nearest(&long[0], [&*long[1]]), None);
        assert_eq!(nearest("--", ["_"]), None);
    }
}
