//! The pattern of an event's id: text with fields in braces, as in `order-{order_id}`.

/// One piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Text(String),
    /// A field of the event, by its name, or by its place in a tuple struct.
    Field(String),
}

/// HubSpot's limit, as in `timeline_core::limits`.
pub(crate) const EVENT_ID_BYTES: usize = 500;

const UUID: &str = "HubSpot makes a new `{{uuid}}` at every try, so a retry would make a second event: leave the `id` \
                    out, and the client makes one that stays the same";

/// The pattern's parts, and everything that is wrong with it.
pub(crate) fn read(pattern: &str) -> (Vec<Part>, Vec<String>) {
    let mut parts = Vec::new();
    let mut mistakes = Vec::new();
    let mut text = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, braces) = rest.split_at(at);
        text.push_str(before);
        if let Some(after) = braces.strip_prefix("{{uuid}}") {
            // It is clear what the user meant; read as a pattern, it would give the text `{uuid}`.
            mistakes.push(UUID.to_owned());
            rest = after;
        } else if let Some(after) = braces.strip_prefix("{{") {
            text.push('{');
            rest = after;
        } else if let Some(after) = braces.strip_prefix("}}") {
            text.push('}');
            rest = after;
        } else if let Some(after) = braces.strip_prefix('}') {
            mistakes.push(
                "`}` without `{`: a field stands in braces, as in `{order_id}`, and `}}` stands for a brace".to_owned(),
            );
            rest = after;
        } else {
            let inside = braces.trim_start_matches('{');
            let Some((name, after)) = inside.split_once('}') else {
                mistakes.push(
                    "`{` without `}`: a field stands in braces, as in `{order_id}`, and `{{` stands for a brace"
                        .to_owned(),
                );
                rest = "";
                break;
            };
            match field(name) {
                Ok(name) => {
                    if !text.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut text)));
                    }
                    parts.push(Part::Field(name));
                }
                Err(mistake) => mistakes.push(mistake),
            }
            rest = after;
        }
    }
    text.push_str(rest);
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
    if mistakes.is_empty() {
        mistakes.extend(mistake_in_all(pattern, &parts));
    }
    (parts, mistakes)
}

fn field(inside: &str) -> Result<String, String> {
    if let Some((name, _)) = inside.split_once([':', '!']) {
        return Err(format!(
            "`{{{inside}}}`: a field goes into the id as its token's text, and takes no format: write `{{{}}}`",
            name.trim()
        ));
    }
    let name = inside.trim();
    let name = name.strip_prefix("r#").unwrap_or(name);
    if name.is_empty() {
        return Err("`{}` names no field: expected one, as in `{order_id}`".to_owned());
    }
    if !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Err(format!(
            "`{{{inside}}}` is not the name of a field: expected one, as in `{{order_id}}`"
        ));
    }
    Ok(name.to_owned())
}

/// What is wrong with a pattern whose braces are right.
fn mistake_in_all(pattern: &str, parts: &[Part]) -> Option<String> {
    let text = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        // Keeps the texts around it apart.
        Part::Field(_) => "\0".to_owned(),
    };
    let texts: String = parts.iter().map(text).collect();
    if texts.contains("{{uuid}}") {
        return Some(UUID.to_owned());
    }
    if !parts.iter().any(|part| matches!(part, Part::Field(_))) {
        let fix = match pattern
            .split_once("{{")
            .and_then(|(_, rest)| rest.split_once("}}"))
        {
            Some((name, _)) => format!("`{{{{` stands for a brace, so write `{{{name}}}`"),
            None => {
                "name the fields that make it unique, as in `id = \"order-{order_id}\"`".to_owned()
            }
        };
        return Some(format!("the id is the same for every event: {fix}"));
    }
    if texts.trim_matches(BLANKS).len() < texts.len() {
        return Some(format!(
            "the id has a blank at its beginning or end, which is easily lost on the way: write `id = {:?}`",
            pattern.trim()
        ));
    }
    if let Some((one, other)) = side_by_side(parts) {
        return Some(format!(
            "nothing stands between `{{{one}}}` and `{{{other}}}`, so different events have one id, as `1` and `23` make the \
             `123` that `12` and `3` make: put a text between them, as in `{{{one}}}-{{{other}}}`"
        ));
    }
    let bytes = texts.len();
    (bytes > EVENT_ID_BYTES).then(|| {
        format!("the id has {bytes} bytes before any field is put in, and HubSpot allows {EVENT_ID_BYTES}")
    })
}

/// What counts as a blank around an id.
const BLANKS: fn(char) -> bool = char::is_whitespace;

/// The first two fields without a text between them.
fn side_by_side(parts: &[Part]) -> Option<(&str, &str)> {
    parts.windows(2).find_map(|pair| match pair {
        [Part::Field(one), Part::Field(other)] => Some((one.as_str(), other.as_str())),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Part, read};

    fn shown(parts: &[Part]) -> String {
        let shown = parts.iter().map(|part| match part {
            Part::Text(text) => format!("<{text}>"),
            Part::Field(name) => format!("[{name}]"),
        });
        shown.collect()
    }

    #[test]
    fn text_and_fields() {
        for (pattern, expected) in [
            ("order-{order_id}", "<order->[order_id]"),
            ("{a}/{b}", "[a]</>[b]"),
            ("{a}-{b}!", "[a]<->[b]<!>"),
            ("{0}:{1}", "[0]<:>[1]"),
            ("{r#type},{ b }", "[type]<,>[b]"),
            ("{größe}", "[größe]"),
            ("{{{a}}}", "<{>[a]<}>"),
            ("{{x}} {a}", "<{x} >[a]"),
            ("{a}{{uuid", "[a]<{uuid>"),
        ] {
            let (parts, mistakes) = read(pattern);
            assert_eq!(shown(&parts), expected, "{pattern}");
            assert_eq!(mistakes, [""; 0], "{pattern}");
        }
    }

    #[test]
    fn every_mistake_is_told() {
        let long = format!("{{a}}{}", "x".repeat(500));
        let fits = format!("{{a}}{}", "x".repeat(499));
        assert_eq!(read(&fits).1, [""; 0]);
        for (pattern, expected) in [
            ("order-1", vec!["the same for every event: name the fields"]),
            (
                "{{order_id}}",
                vec!["`{{` stands for a brace, so write `{order_id}`"],
            ),
            ("{a", vec!["`{` without `}`"]),
            ("a}", vec!["`}` without `{`"]),
            ("}{a}{", vec!["`}` without `{`", "`{` without `}`"]),
            ("{}", vec!["`{}` names no field"]),
            ("{ }{}", vec!["names no field", "names no field"]),
            ("{a:>5}", vec!["takes no format: write `{a}`"]),
            ("{a!r}", vec!["takes no format: write `{a}`"]),
            (
                "{a.b}{c d}",
                vec!["`{a.b}` is not the name", "`{c d}` is not the name"],
            ),
            ("{{uuid}}-{a}", vec!["at every try"]),
            ("{{{{uuid}}}}-{a}", vec!["at every try"]),
            ("{{uuid}}-{}", vec!["at every try", "names no field"]),
            (&long, vec!["the id has 501 bytes"]),
            ("{a}{b}", vec!["nothing stands between `{a}` and `{b}`"]),
            ("x-{a}{ r#b }-{c}", vec!["as in `{a}-{b}`"]),
            ("{a}-{b}{c}{d}", vec!["between `{b}` and `{c}`"]),
            ("{a}{a}", vec!["between `{a}` and `{a}`"]),
            (" {a}", vec!["a blank at its beginning or end"]),
            ("{a}-{b}\n", vec!["write `id = \"{a}-{b}\"`"]),
            ("\u{a0}{a}", vec!["a blank at its beginning or end"]),
        ] {
            let (_, mistakes) = read(pattern);
            assert_eq!(mistakes.len(), expected.len(), "{pattern}: {mistakes:?}");
            for (mistake, expected) in mistakes.iter().zip(expected) {
                assert!(mistake.contains(expected), "{pattern}: {mistake}");
            }
        }
    }
}
