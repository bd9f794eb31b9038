//! The words that `#[timeline(...)]` knows, and what to answer to one that it does not.

#[cfg(test)]
mod tests;

use crate::suggest::{fold, listed, nearest};

/// Where a word may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A struct or an enum that is an event.
    Event,
    /// A variant of an enum that is an event.
    Variant,
    /// A field of an event.
    Field,
    /// A struct of shared fields.
    Fields,
    /// A field of one.
    Shared,
    /// An enum that is a token.
    TokenEnum,
    /// A variant of one.
    TokenVariant,
}

use Place::{Event, Field, Fields, Shared, TokenEnum, TokenVariant, Variant};

impl Place {
    /// The place as a sentence names what stands there.
    fn noun(self) -> &'static str {
        match self {
            Event => "type",
            Variant => "variant",
            Field => "field",
            Fields => "struct of shared fields",
            Shared => "shared field",
            TokenEnum => "`TokenEnum`",
            TokenVariant => "variant of a `TokenEnum`",
        }
    }

    /// The place as a message names it if a word does not belong there.
    fn here(self) -> String {
        match self {
            Event => "the type".to_owned(),
            other => format!("a {}", other.noun()),
        }
    }

    /// The place that shares its synonyms with this one.
    fn kind(self) -> Place {
        match self {
            Event | Variant | Fields | TokenEnum => Event,
            Field | Shared => Field,
            TokenVariant => TokenVariant,
        }
    }
}

/// A word, its places, and how it is written out there. A word that means two things stands here twice.
const WORDS: [(&str, &[Place], &str); 33] = [
    (
        "template_id",
        &[Event, Variant],
        "template_id = \"1001298\"",
    ),
    ("template", &[Event, Variant], "template = \"Pet adopted\""),
    (
        "manifest",
        &[Event, Variant],
        "manifest = \"timeline.json\"",
    ),
    ("manifest_strict", &[Event, Variant], "manifest_strict"),
    (
        "type_name",
        &[Event, Variant],
        "type_name = \"pet_adopted\"",
    ),
    ("name", &[Event, Variant], "name = \"Pet adopted\""),
    (
        "object_type",
        &[Event, Variant],
        "object_type = \"contacts\"",
    ),
    (
        "object_type_name",
        &[Event, Variant],
        "object_type_name = \"p62515_car\"",
    ),
    (
        "header",
        &[Event, Variant],
        "header = \"Adopted {{petName}}\"",
    ),
    ("detail", &[Event, Variant], "detail = \"Age: {{petAge}}\""),
    ("id", &[Event, Variant], "id = \"order-{order_id}\""),
    (
        "rename_all",
        &[Event, Variant, Fields, TokenEnum],
        "rename_all = \"camelCase\"",
    ),
    ("bound", &[Event, Fields], "bound = \"T: TokenValue\""),
    (
        "crate",
        &[Event, Fields, TokenEnum],
        "crate = \"::timeline_core\"",
    ),
    ("id", &[Field, Shared], "id"),
    ("key", &[Field], "key"),
    ("email", &[Field, Shared], "email"),
    ("utk", &[Field, Shared], "utk"),
    ("object_id", &[Field, Shared], "object_id"),
    ("domain", &[Field, Shared], "domain"),
    (
        "custom_object_type_id",
        &[Field, Shared],
        "custom_object_type_id",
    ),
    ("timestamp", &[Field, Shared], "timestamp"),
    ("extra_data", &[Field, Shared], "extra_data"),
    ("iframe", &[Field, Shared], "iframe"),
    ("token", &[Field, Shared], "token = \"petName\""),
    ("label", &[Field, Shared], "label = \"Pet name\""),
    ("property", &[Field, Shared], "property = \"pet_name\""),
    ("type", &[Field, Shared], "type = \"date\""),
    ("with", &[Field, Shared], "with = \"path::to::function\""),
    ("skip", &[Field, Shared], "skip"),
    ("flatten", &[Field, Shared], "flatten"),
    ("value", &[TokenVariant], "value = \"free\""),
    ("label", &[TokenVariant], "label = \"Free plan\""),
];

/// Words that are known and refused, each with the reason.
const REFUSED: [(&str, Place, &str); 3] = [
    (
        "key",
        Shared,
        "a key says what makes one event unique, so it belongs on a field of the event itself, not on a shared one: \
         mark the event's field with `#[timeline(key)]`",
    ),
    (
        "skip",
        Variant,
        "a variant cannot be skipped, since its events would be lost silently: give it a template of its own, as in \
         `#[timeline(template_id = \"1001298\")]`, or move it to an enum that is not sent",
    ),
    (
        "skip",
        TokenVariant,
        "an option cannot be skipped, since an event that has it could not be sent: give it a value, as in \
         `#[timeline(value = \"free\")]`, and make the field an `Option` if a token may be left out",
    ),
];

/// Words that stand for no single word of ours, without case, `_` and `-`, and what to do instead.
const ADVICE: [(&str, Place, &str); 5] = [
    ("skipserializingif", Field, LEFT_OUT),
    ("skipifnone", Field, LEFT_OUT),
    ("optional", Field, LEFT_OUT),
    (
        "date",
        Field,
        "did you mean `type = \"date\"`, which is a token's type, or `timestamp`, which is when the event happened?",
    ),
    (
        "name",
        Field,
        "the template's name belongs on the type, and a token's name is `token = \"petName\"`",
    ),
];

const LEFT_OUT: &str = "remove it: an `Option` that is `None` is left out by itself";

/// Words from elsewhere, without case, `_` and `-`, and what they are called here. A place stands for its kind.
const SYNONYMS: [(&str, Place, &str); 56] = [
    ("eventtypename", Event, "type_name"),
    ("eventtype", Event, "type_name"),
    ("objecttypefullyqualifiedname", Event, "object_type_name"),
    ("eventtemplateid", Event, "template_id"),
    ("eventtemplate", Event, "template"),
    ("templatename", Event, "template"),
    ("rename", Event, "name"),
    ("title", Event, "name"),
    ("object", Event, "object_type"),
    ("headertemplate", Event, "header"),
    ("detailtemplate", Event, "detail"),
    ("details", Event, "detail"),
    ("body", Event, "detail"),
    ("description", Event, "detail"),
    ("eventid", Event, "id"),
    ("idpattern", Event, "id"),
    ("idformat", Event, "id"),
    ("renameallfields", Event, "rename_all"),
    ("rename", Field, "token"),
    ("tokenname", Field, "token"),
    ("alias", Field, "token"),
    ("tokentype", Field, "type"),
    ("kind", Field, "type"),
    ("datatype", Field, "type"),
    ("ty", Field, "type"),
    ("inline", Field, "flatten"),
    ("embed", Field, "flatten"),
    ("nested", Field, "flatten"),
    ("ignore", Field, "skip"),
    ("skipserializing", Field, "skip"),
    ("skipdeserializing", Field, "skip"),
    ("serializewith", Field, "with"),
    ("map", Field, "with"),
    ("mail", Field, "email"),
    ("emailaddress", Field, "email"),
    ("hubspotutk", Field, "utk"),
    ("usertoken", Field, "utk"),
    ("cookie", Field, "utk"),
    ("contactid", Field, "object_id"),
    ("companyid", Field, "object_id"),
    ("dealid", Field, "object_id"),
    ("ticketid", Field, "object_id"),
    ("recordid", Field, "object_id"),
    ("vid", Field, "object_id"),
    ("eventid", Field, "id"),
    ("idempotencykey", Field, "key"),
    ("unique", Field, "key"),
    ("time", Field, "timestamp"),
    ("extra", Field, "extra_data"),
    ("timelineiframe", Field, "iframe"),
    ("objectpropertyname", Field, "property"),
    ("objecttypeid", Field, "custom_object_type_id"),
    ("title", Field, "label"),
    ("rename", TokenVariant, "value"),
    ("token", TokenVariant, "value"),
    ("title", TokenVariant, "label"),
];

/// The word written out as it stands at this place, for messages.
pub(crate) fn example(word: &str, place: Place) -> &'static str {
    let of_word = || WORDS.into_iter().filter(|(known, ..)| *known == word);
    of_word()
        .find(|(_, places, _)| places.contains(&place))
        .or_else(|| of_word().next())
        .map_or("…", |(_, _, example)| example)
}

/// What is wrong with a word that means nothing at this place. `value` is the text behind its `=`.
pub(crate) fn unknown(word: &str, place: Place, value: Option<&str>) -> String {
    let refused = REFUSED
        .into_iter()
        .find(|(refused, at, _)| *refused == word && *at == place);
    if let Some((.., reason)) = refused {
        return reason.to_owned();
    }
    let folded: String = fold(word).into_iter().collect();
    let advice = ADVICE
        .into_iter()
        .find(|(known, at, _)| *known == folded && *at == place.kind());
    if let Some((.., advice)) = advice {
        return format!("unknown attribute `{word}`; {advice}");
    }
    // `token` is a word of fields. On an option it can only mean the value.
    let meant = meant(word, place);
    if !(word == "token" && place == TokenVariant)
        && let Some(message) = elsewhere(word, place)
    {
        return message;
    }
    match meant {
        Some(meant) => match (value, example(meant, place).split_once(" = ")) {
            (Some(value), Some(_)) => {
                format!("unknown attribute `{word}`; did you mean `{meant} = {value}`?")
            }
            _ => format!(
                "unknown attribute `{word}`; did you mean `{}`?",
                example(meant, place)
            ),
        },
        None => format!(
            "unknown attribute `{word}`; a {} takes {}",
            place.noun(),
            listed(known(place))
        ),
    }
}

/// The message about a word that belongs at another place. Of several places it names the one nearest to this.
fn elsewhere(word: &str, place: Place) -> Option<String> {
    let nearest: &[Place] = match place {
        Event => &[Field, TokenVariant],
        Variant => &[Event, Field, TokenVariant],
        Field => &[Event, TokenVariant],
        Fields => &[Shared, Event, TokenVariant],
        Shared => &[Fields, Event, Field, TokenVariant],
        TokenEnum => &[TokenVariant, Event, Field],
        TokenVariant => &[TokenEnum, Event, Field],
    };
    let (there, places, example) = nearest.iter().find_map(|there| {
        let mut of_word = WORDS.into_iter().filter(|(known, ..)| *known == word);
        let (_, places, example) = of_word.find(|(_, places, _)| places.contains(there))?;
        Some((*there, places, example))
    })?;
    let (noun, above) = match (place, there) {
        (TokenEnum, TokenVariant) => ("a variant", " above the variant"),
        (TokenVariant, TokenEnum) => ("the enum", " above `enum`"),
        (_, TokenVariant) => ("a variant of a `TokenEnum`", ""),
        (Variant, Event) => ("the type", " above `enum`"),
        (Field, Event) if places.contains(&Variant) => {
            ("the type", " above the struct or the variant")
        }
        (Field, Event) | (Shared, Fields) => ("the type", " above the type"),
        (_, Event) => ("an event", ""),
        (TokenEnum | TokenVariant, _) => ("a field", ""),
        _ => ("a field", " above the field"),
    };
    let here = match (place, there) {
        (TokenEnum, TokenVariant) => "the enum itself".to_owned(),
        (TokenVariant, TokenEnum) => "its variant".to_owned(),
        _ => place.here(),
    };
    Some(format!(
        "`{word}` belongs on {noun}, not on {here}: `#[timeline({example})]`{above}"
    ))
}

/// The word of this place that the unknown one stands for.
pub(crate) fn meant(word: &str, place: Place) -> Option<&'static str> {
    let folded: String = fold(word).into_iter().collect();
    if ADVICE
        .iter()
        .any(|(known, at, _)| *known == folded && *at == place.kind())
    {
        return None;
    }
    SYNONYMS
        .into_iter()
        .find_map(|(synonym, at, meant)| {
            let here = synonym == folded && at == place.kind();
            (here && known(place).any(|word| word == meant)).then_some(meant)
        })
        .or_else(|| nearest(word, known(place)))
}

/// Whether the word is refused here for a reason that leaves open what was meant.
pub(crate) fn is_refused(word: &str, place: Place) -> bool {
    REFUSED
        .iter()
        .any(|(refused, at, _)| *refused == word && *at == place && word != "manifest")
}

/// The word, if it is known and belongs at another place.
pub(crate) fn misplaced(word: &str, place: Place) -> Option<&'static str> {
    let known = WORDS.into_iter().find(|(known, ..)| *known == word)?.0;
    (!belongs(word, place)).then_some(known)
}

/// Whether the word may stand at this place.
pub(crate) fn belongs(word: &str, place: Place) -> bool {
    known(place).any(|known| known == word)
}

fn known(place: Place) -> impl Iterator<Item = &'static str> {
    WORDS
        .into_iter()
        .filter_map(move |(word, places, _)| places.contains(&place).then_some(word))
}
