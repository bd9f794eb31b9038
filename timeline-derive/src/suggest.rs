//! "Did you mean": the known word that is nearest to an unknown one.

/// The nearest of the known words, if one is near: at most a third of its letters differ. Case, blanks, `-` and `_`
/// are not counted.
///
/// Short words are near to many, so a word of up to two letters is never suggested for another.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = fold(word);
    known
        .into_iter()
        .map(|known| (distance(&plain, &fold(known)), known))
        .filter(|(distance, known)| *distance <= fold(known).len().min(plain.len()) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// The letters that count when words are compared.
pub(crate) fn fold(word: &str) -> Vec<char> {
    word.chars()
        .filter(|c| !matches!(c, '_' | '-' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

/// How many letters must be put in, left out, replaced, or swapped with their neighbour.
fn distance(from: &[char], to: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    let mut before_a = None;
    for (i, &a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        let mut left = i + 1;
        let mut before_b = None;
        for (j, &b) in to.iter().enumerate() {
            let above = last.get(j + 1).copied().unwrap_or(usize::MAX - 1);
            let diagonal = last.get(j).copied().unwrap_or(usize::MAX - 1);
            let mut best = (diagonal + usize::from(a != b))
                .min(above + 1)
                .min(left + 1);
            if before_a == Some(b)
                && before_b == Some(a)
                && let Some(swap) = j.checked_sub(1).and_then(|j| before_last.get(j))
            {
                best = best.min(swap + 1);
            }
            row.push(best);
            left = best;
            before_b = Some(b);
        }
        before_last = std::mem::replace(&mut last, row);
        before_a = Some(a);
    }
    last.last().copied().unwrap_or(from.len())
}

/// `a`, `b` and `c`
pub(crate) fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{distance, fold, nearest};

    #[test]
    fn letters_put_in_left_out_replaced_and_swapped() {
        for (from, to, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("email", "email", 0),
            ("emial", "email", 1),
            ("mail", "email", 1),
            ("emails", "email", 1),
            ("emaul", "email", 1),
            ("contact", "contacts", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(&fold(from), &fold(to)), expected, "{from} {to}");
        }
    }

    #[test]
    fn the_nearest_word_if_one_is_near() {
        let known = [
            "id",
            "key",
            "email",
            "template_id",
            "template",
            "object_type",
        ];
        for (word, expected) in [
            ("template-id", Some("template_id")),
            ("templateId", Some("template_id")),
            ("templte", Some("template")),
            ("Email", Some("email")),
            ("emial", Some("email")),
            ("keys", Some("key")),
            ("objecttype", Some("object_type")),
            ("ie", None),
            ("color", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), expected, "{word}");
        }
    }
}
