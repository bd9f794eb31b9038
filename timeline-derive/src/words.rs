//! The words that `#[timeline(...)]` knows, and what to answer to one that it does not.

use std::fmt;

use crate::suggest::{fold, nearest};

/// Where a word may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Type,
    Field,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Place::Type => "type",
            Place::Field => "field",
        })
    }
}

/// A word, its place, and how it is written out.
const WORDS: [(&str, Place, &str); 22] = [
    ("template_id", Place::Type, "template_id = \"1001298\""),
    ("template", Place::Type, "template = \"Pet adopted\""),
    ("name", Place::Type, "name = \"Pet adopted\""),
    ("object_type", Place::Type, "object_type = \"contacts\""),
    ("rename_all", Place::Type, "rename_all = \"camelCase\""),
    ("bound", Place::Type, "bound = \"T: TokenValue\""),
    ("crate", Place::Type, "crate = \"::timeline_core\""),
    ("id", Place::Field, "id"),
    ("key", Place::Field, "key"),
    ("email", Place::Field, "email"),
    ("utk", Place::Field, "utk"),
    ("object_id", Place::Field, "object_id"),
    ("domain", Place::Field, "domain"),
    (
        "custom_object_type_id",
        Place::Field,
        "custom_object_type_id",
    ),
    ("timestamp", Place::Field, "timestamp"),
    ("extra_data", Place::Field, "extra_data"),
    ("iframe", Place::Field, "iframe"),
    ("token", Place::Field, "token = \"petName\""),
    ("label", Place::Field, "label = \"Pet name\""),
    ("property", Place::Field, "property = \"pet_name\""),
    ("with", Place::Field, "with = \"path::to::function\""),
    ("skip", Place::Field, "skip"),
];

/// Words that are planned and not there yet. `id` is a role too, but on a type it would be a pattern.
const NOT_YET: [(&str, Place); 7] = [
    ("manifest", Place::Type),
    ("header", Place::Type),
    ("detail", Place::Type),
    ("id", Place::Type),
    ("flatten", Place::Field),
    ("type", Place::Field),
    ("value", Place::Field),
];

/// Words from elsewhere, without case, `_` and `-`, and what they are called here.
const SYNONYMS: [(&str, Place, &str); 37] = [
    ("eventtemplateid", Place::Type, "template_id"),
    ("eventtemplate", Place::Type, "template"),
    ("templatename", Place::Type, "template"),
    ("rename", Place::Type, "name"),
    ("title", Place::Type, "name"),
    ("object", Place::Type, "object_type"),
    ("renameallfields", Place::Type, "rename_all"),
    ("rename", Place::Field, "token"),
    ("tokenname", Place::Field, "token"),
    ("alias", Place::Field, "token"),
    ("ignore", Place::Field, "skip"),
    ("skipserializing", Place::Field, "skip"),
    ("skipserializingif", Place::Field, "skip"),
    ("skipdeserializing", Place::Field, "skip"),
    ("serializewith", Place::Field, "with"),
    ("map", Place::Field, "with"),
    ("mail", Place::Field, "email"),
    ("emailaddress", Place::Field, "email"),
    ("hubspotutk", Place::Field, "utk"),
    ("usertoken", Place::Field, "utk"),
    ("cookie", Place::Field, "utk"),
    ("contactid", Place::Field, "object_id"),
    ("companyid", Place::Field, "object_id"),
    ("dealid", Place::Field, "object_id"),
    ("ticketid", Place::Field, "object_id"),
    ("recordid", Place::Field, "object_id"),
    ("vid", Place::Field, "object_id"),
    ("eventid", Place::Field, "id"),
    ("idempotencykey", Place::Field, "key"),
    ("unique", Place::Field, "key"),
    ("time", Place::Field, "timestamp"),
    ("date", Place::Field, "timestamp"),
    ("extra", Place::Field, "extra_data"),
    ("timelineiframe", Place::Field, "iframe"),
    ("objectpropertyname", Place::Field, "property"),
    ("objecttypeid", Place::Field, "custom_object_type_id"),
    ("title", Place::Field, "label"),
];

/// The word written out, for messages.
pub(crate) fn example(word: &str) -> &'static str {
    WORDS
        .into_iter()
        .find_map(|(known, _, example)| (known == word).then_some(example))
        .unwrap_or("…")
}

/// What is wrong with a word that means nothing at this place. `value` is the text behind its `=`.
pub(crate) fn unknown(word: &str, place: Place, value: Option<&str>) -> String {
    if NOT_YET.contains(&(word, place)) && (word != "id" || value.is_some()) {
        return format!("`{word}` is not supported yet");
    }
    let elsewhere = WORDS
        .into_iter()
        .find(|(known, belongs, _)| *known == word && *belongs != place);
    if let Some((_, belongs, example)) = elsewhere {
        return match belongs {
            Place::Type => {
                format!(
                    "`{word}` belongs on the type, not on a field: `#[timeline({example})]` above `struct`"
                )
            }
            Place::Field => {
                format!(
                    "`{word}` belongs on a field, not on the type: `#[timeline({example})]` above the field"
                )
            }
        };
    }
    if let Some((_, belongs)) = NOT_YET
        .into_iter()
        .find(|(known, belongs)| *known == word && *belongs != place)
    {
        return format!(
            "`{word}` does not belong on a {place}, and is not supported on a {belongs} yet"
        );
    }
    match meant(word, place) {
        Some(meant) => match (value, example(meant).split_once(" = ")) {
            (Some(value), Some(_)) => {
                format!("unknown attribute `{word}`; did you mean `{meant} = {value}`?")
            }
            _ => format!(
                "unknown attribute `{word}`; did you mean `{}`?",
                example(meant)
            ),
        },
        None => format!(
            "unknown attribute `{word}`; a {place} takes {}",
            listed(known(place))
        ),
    }
}

/// The word of this place that the unknown one stands for.
pub(crate) fn meant(word: &str, place: Place) -> Option<&'static str> {
    let folded: String = fold(word).into_iter().collect();
    SYNONYMS
        .into_iter()
        .find_map(|(synonym, at, meant)| (synonym == folded && at == place).then_some(meant))
        .or_else(|| nearest(word, known(place)))
}

fn known(place: Place) -> impl Iterator<Item = &'static str> {
    WORDS
        .into_iter()
        .filter_map(move |(word, at, _)| (at == place).then_some(word))
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
    use super::{NOT_YET, Place, SYNONYMS, WORDS, listed, meant, unknown};

    #[test]
    fn tables_name_known_words_only() {
        for (synonym, place, meant) in SYNONYMS {
            assert!(
                WORDS
                    .iter()
                    .any(|(word, at, _)| (*word, *at) == (meant, place)),
                "{synonym}"
            );
            assert!(synonym.chars().all(|c| c.is_ascii_lowercase()), "{synonym}");
        }
        for (word, place) in NOT_YET {
            assert!(
                !WORDS
                    .iter()
                    .any(|(known, at, _)| (*known, *at) == (word, place)),
                "{word} is there now"
            );
        }
        for (word, _, example) in WORDS {
            assert!(example.starts_with(word), "{word}");
        }
    }

    #[test]
    fn a_word_that_is_not_known() {
        for (word, place, expected) in [
            ("template-id", Place::Type, Some("template_id")),
            ("eventTemplateId", Place::Type, Some("template_id")),
            ("objectType", Place::Type, Some("object_type")),
            ("rename", Place::Type, Some("name")),
            ("rename", Place::Field, Some("token")),
            ("skip_serializing", Place::Field, Some("skip")),
            ("emial", Place::Field, Some("email")),
            ("objectId", Place::Field, Some("object_id")),
            ("extraData", Place::Field, Some("extra_data")),
            ("colour", Place::Field, None),
        ] {
            assert_eq!(meant(word, place), expected, "{word} on a {place}");
        }
    }

    #[test]
    fn the_answer_is_in_the_users_syntax() {
        for (word, place, value, expected) in [
            (
                "rename",
                Place::Field,
                Some("\"petName\""),
                "unknown attribute `rename`; did you mean `token = \"petName\"`?",
            ),
            (
                "skip_serializing_if",
                Place::Field,
                Some("\"Option::is_none\""),
                "unknown attribute `skip_serializing_if`; did you mean `skip`?",
            ),
            (
                "flatten",
                Place::Field,
                None,
                "`flatten` is not supported yet",
            ),
            (
                "id",
                Place::Type,
                Some("\"order-{order}\""),
                "`id` is not supported yet",
            ),
            (
                "id",
                Place::Type,
                None,
                "`id` belongs on a field, not on the type: `#[timeline(id)]` above the field",
            ),
            (
                "template_id",
                Place::Field,
                Some("\"1\""),
                "`template_id` belongs on the type, not on a field: \
                 `#[timeline(template_id = \"1001298\")]` above `struct`",
            ),
            (
                "manifest",
                Place::Field,
                None,
                "`manifest` does not belong on a field, and is not supported on a type yet",
            ),
        ] {
            assert_eq!(unknown(word, place, value), expected);
        }
    }

    #[test]
    fn lists() {
        assert_eq!(listed(["a"].into_iter()), "`a`");
        assert_eq!(listed(["a", "b", "c"].into_iter()), "`a`, `b` and `c`");
    }
}
