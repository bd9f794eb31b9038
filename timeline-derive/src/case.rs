//! Names: serde's rules for renaming fields and variants, and identifiers as words.

/// One of serde's eight rules for renaming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

/// The rules under the names serde gives them.
pub(crate) const RULES: [(&str, Rule); 8] = [
    ("lowercase", Rule::Lower),
    ("UPPERCASE", Rule::Upper),
    ("PascalCase", Rule::Pascal),
    ("camelCase", Rule::Camel),
    ("snake_case", Rule::Snake),
    ("SCREAMING_SNAKE_CASE", Rule::ScreamingSnake),
    ("kebab-case", Rule::Kebab),
    ("SCREAMING-KEBAB-CASE", Rule::ScreamingKebab),
];

impl Rule {
    /// The rule with this exact name.
    pub(crate) fn named(name: &str) -> Option<Rule> {
        RULES
            .into_iter()
            .find_map(|(known, rule)| (known == name).then_some(rule))
    }

    /// A field's name under this rule. As in serde, a field is taken to be in `snake_case` already.
    pub(crate) fn field(self, name: &str) -> String {
        match self {
            Rule::Lower | Rule::Snake => name.to_owned(),
            Rule::Upper | Rule::ScreamingSnake => name.to_ascii_uppercase(),
            Rule::Kebab => name.replace('_', "-"),
            Rule::ScreamingKebab => name.to_ascii_uppercase().replace('_', "-"),
            Rule::Pascal => pascal(name),
            Rule::Camel => first(&pascal(name), char::to_ascii_lowercase),
        }
    }
}

impl Rule {
    /// A variant's name under this rule. As in serde, a variant is taken to be in `PascalCase` already.
    pub(crate) fn variant(self, name: &str) -> String {
        match self {
            Rule::Pascal => name.to_owned(),
            Rule::Lower => name.to_ascii_lowercase(),
            Rule::Upper => name.to_ascii_uppercase(),
            Rule::Camel => first(name, char::to_ascii_lowercase),
            Rule::Snake => snake(name),
            Rule::ScreamingSnake => snake(name).to_ascii_uppercase(),
            Rule::Kebab => snake(name).replace('_', "-"),
            Rule::ScreamingKebab => snake(name).to_ascii_uppercase().replace('_', "-"),
        }
    }
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

fn pascal(name: &str) -> String {
    name.split('_')
        .map(|word| first(word, char::to_ascii_uppercase))
        .collect()
}

fn first(word: &str, change: fn(&char) -> char) -> String {
    let mut chars = word.chars();
    let first = chars.next().map(|c| change(&c));
    first.into_iter().chain(chars).collect()
}

/// An identifier as people write: `PetAdopted` → `Pet adopted`, `pet_age` → `Pet age`, `HTTPRequest2` →
/// `HTTP request 2`.
///
/// Capitals that stand together are an acronym and stay; the plural of one (`URLs`) is not recognized.
pub(crate) fn words(name: &str) -> String {
    let words: Vec<String> = split(name)
        .into_iter()
        .enumerate()
        .map(|(place, word)| {
            let acronym = word.chars().filter(|c| c.is_uppercase()).count() > 1;
            match (acronym, place) {
                (true, _) => word,
                (false, 0) => capitalized(&word),
                (false, _) => word.to_lowercase(),
            }
        })
        .collect();
    words.join(" ")
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars.flat_map(char::to_lowercase)).collect()
}

/// A new word begins at a separator, at a capital after something else (`petAge`), at the last capital of several
/// before a small letter (`HTTPRequest`), and at a number after a word of at least two letters (`Request2`, but
/// `B2b`).
fn split(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before: Option<char> = None;
    let mut rest = name.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied();
        let starts = match before {
            _ if matches!(c, '_' | '-' | '.') => true,
            None => false,
            Some(before) if c.is_uppercase() => {
                before.is_lowercase() || after.is_some_and(char::is_lowercase)
            }
            Some(before) if c.is_numeric() => {
                before.is_alphabetic() && word.chars().nth(1).is_some()
            }
            Some(_) => false,
        };
        if starts && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if !matches!(c, '_' | '-' | '.') {
            word.push(c);
        }
        before = Some(c);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{RULES, Rule, words};

    #[test]
    fn fields_are_renamed_as_serde_does() {
        for (name, renamed) in [
            (
                "pet",
                ["pet", "PET", "Pet", "pet", "pet", "PET", "pet", "PET"],
            ),
            (
                "pet_age",
                [
                    "pet_age", "PET_AGE", "PetAge", "petAge", "pet_age", "PET_AGE", "pet-age",
                    "PET-AGE",
                ],
            ),
            (
                "_a__b2_",
                [
                    "_a__b2_", "_A__B2_", "AB2", "aB2", "_a__b2_", "_A__B2_", "-a--b2-", "-A--B2-",
                ],
            ),
            (
                "petAge",
                [
                    "petAge", "PETAGE", "PetAge", "petAge", "petAge", "PETAGE", "petAge", "PETAGE",
                ],
            ),
            ("_", ["_", "_", "", "", "_", "_", "-", "-"]),
        ] {
            for ((rule_name, rule), expected) in RULES.into_iter().zip(renamed) {
                assert_eq!(rule.field(name), expected, "{name} as {rule_name}");
                assert_eq!(Rule::named(rule_name), Some(rule));
            }
        }
        assert_eq!(Rule::named("CamelCase"), None);
    }

    #[test]
    fn variants_are_renamed_as_serde_does() {
        for (name, renamed) in [
            (
                "Free",
                [
                    "free", "FREE", "Free", "free", "free", "FREE", "free", "FREE",
                ],
            ),
            (
                "ProPlan",
                [
                    "proplan", "PROPLAN", "ProPlan", "proPlan", "pro_plan", "PRO_PLAN", "pro-plan",
                    "PRO-PLAN",
                ],
            ),
            (
                "HTTP2",
                [
                    "http2", "HTTP2", "HTTP2", "hTTP2", "h_t_t_p2", "H_T_T_P2", "h-t-t-p2",
                    "H-T-T-P2",
                ],
            ),
            (
                "A_b",
                ["a_b", "A_B", "A_b", "a_b", "a_b", "A_B", "a-b", "A-B"],
            ),
        ] {
            for ((rule_name, rule), expected) in RULES.into_iter().zip(renamed) {
                assert_eq!(rule.variant(name), expected, "{name} as {rule_name}");
            }
        }
    }

    #[test]
    fn identifiers_as_words() {
        for (name, expected) in [
            ("PetAdopted", "Pet adopted"),
            ("pet_age", "Pet age"),
            ("petName", "Pet name"),
            ("pet-name", "Pet name"),
            ("pet.name", "Pet name"),
            ("name", "Name"),
            ("HTTPRequest2", "HTTP request 2"),
            ("HTTPRequest", "HTTP request"),
            ("MyURL", "My URL"),
            ("Top10Reached", "Top 10 reached"),
            ("B2bLead", "B2b lead"),
            ("line_2", "Line 2"),
            ("address2", "Address 2"),
            ("order_ID", "Order ID"),
            ("PlanBChosen", "Plan b chosen"),
            ("__private__", "Private"),
            ("ÜberGroß", "Über groß"),
            ("A", "A"),
            ("_", ""),
        ] {
            assert_eq!(words(name), expected, "{name}");
        }
    }
}
