//! The words, and the answers to words that are none, as tables.

use super::{Place, SYNONYMS, WORDS, known, meant, unknown};
use crate::suggest::listed;

const PLACES: [Place; 7] = [
    Place::Event,
    Place::Variant,
    Place::Field,
    Place::Fields,
    Place::Shared,
    Place::TokenEnum,
    Place::TokenVariant,
];

#[test]
fn tables_name_known_words_only() {
    for (synonym, place, meant) in SYNONYMS {
        assert!(known(place).any(|word| word == meant), "{synonym}");
        assert!(synonym.chars().all(|c| c.is_ascii_lowercase()), "{synonym}");
    }
    for (word, places, example) in WORDS {
        assert!(example.starts_with(word), "{word}");
        assert!(!places.is_empty(), "{word}");
    }
    for place in PLACES {
        let mut words: Vec<&str> = known(place).collect();
        let count = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), count, "{place:?}");
    }
}

#[test]
fn a_word_that_is_not_known() {
    for (word, place, expected) in [
        ("template-id", Place::Event, Some("template_id")),
        ("eventTemplateId", Place::Event, Some("template_id")),
        ("eventTemplateId", Place::Variant, Some("template_id")),
        ("eventTemplateId", Place::Fields, None),
        ("objectType", Place::Event, Some("object_type")),
        ("rename", Place::Event, Some("name")),
        ("rename", Place::Field, Some("token")),
        ("rename", Place::Shared, Some("token")),
        ("rename", Place::TokenVariant, Some("value")),
        ("rename", Place::TokenEnum, None),
        ("renameAll", Place::TokenEnum, Some("rename_all")),
        ("unique", Place::Shared, None),
        ("skip_serializing", Place::Field, Some("skip")),
        ("emial", Place::Field, Some("email")),
        ("objectId", Place::Field, Some("object_id")),
        ("extraData", Place::Field, Some("extra_data")),
        ("colour", Place::Field, None),
    ] {
        assert_eq!(meant(word, place), expected, "{word} on a {place:?}");
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
            "rename",
            Place::TokenVariant,
            Some("\"pro\""),
            "unknown attribute `rename`; did you mean `value = \"pro\"`?",
        ),
        (
            "skip_serializing_if",
            Place::Field,
            Some("\"Option::is_none\""),
            "unknown attribute `skip_serializing_if`; remove it: an `Option` that is `None` is left out by itself",
        ),
        (
            "template_id",
            Place::Field,
            Some("\"1\""),
            "`template_id` belongs on the type, not on a field: \
             `#[timeline(template_id = \"1001298\")]` above the struct or the variant",
        ),
        (
            "crate",
            Place::Variant,
            Some("\"::events\""),
            "`crate` belongs on the type, not on a variant: \
             `#[timeline(crate = \"::timeline_core\")]` above `enum`",
        ),
        (
            "email",
            Place::Variant,
            None,
            "`email` belongs on a field, not on a variant: `#[timeline(email)]` above the field",
        ),
        (
            "template",
            Place::Fields,
            Some("\"Pet\""),
            "`template` belongs on an event, not on a struct of shared fields: \
             `#[timeline(template = \"Pet adopted\")]`",
        ),
        (
            "rename_all",
            Place::TokenVariant,
            Some("\"camelCase\""),
            "`rename_all` belongs on the enum, not on its variant: \
             `#[timeline(rename_all = \"camelCase\")]` above `enum`",
        ),
        (
            "label",
            Place::TokenEnum,
            Some("\"Plan\""),
            "`label` belongs on a variant, not on the enum itself: \
             `#[timeline(label = \"Free plan\")]` above the variant",
        ),
        (
            "token",
            Place::TokenVariant,
            Some("\"free\""),
            "unknown attribute `token`; did you mean `value = \"free\"`?",
        ),
        (
            "email",
            Place::TokenVariant,
            None,
            "`email` belongs on a field, not on a variant of a `TokenEnum`: `#[timeline(email)]`",
        ),
        (
            "bound",
            Place::Shared,
            None,
            "`bound` belongs on the type, not on a shared field: `#[timeline(bound = \"T: TokenValue\")]` above the type",
        ),
        (
            "value",
            Place::Field,
            Some("\"a\""),
            "`value` belongs on a variant of a `TokenEnum`, not on a field: \
             `#[timeline(value = \"free\")]`",
        ),
        (
            "manifest",
            Place::Field,
            None,
            "`manifest` belongs on the type, not on a field: `#[timeline(manifest = \"timeline.json\")]` above the struct or \
             the variant",
        ),
        (
            "colour",
            Place::TokenVariant,
            None,
            "unknown attribute `colour`; a variant of a `TokenEnum` takes `value` and `label`",
        ),
    ] {
        assert_eq!(unknown(word, place, value), expected);
    }
    assert!(unknown("skip", Place::Variant, None).contains("lost silently"));
    assert!(unknown("skip", Place::TokenVariant, None).contains("could not be sent"));
    assert!(unknown("key", Place::Shared, None).contains("on a field of the event itself"));
}

#[test]
fn lists() {
    assert_eq!(listed(["a"].into_iter()), "`a`");
    assert_eq!(listed(["a", "b", "c"].into_iter()), "`a`, `b` and `c`");
}
