//! Reads the text of a manifest: HubSpot's answer to listing templates, or a definition file of app events.

use super::json::{Kind, Read, Reader, Wrong};
use super::{Template, Token};

/// What a file has.
#[derive(Debug)]
pub(super) enum Content {
    Templates(Vec<Template>),
    /// An event type of app events.
    Definition(Template),
    /// A definition of something else in the app's project.
    OtherDefinition,
}

/// Reads the text of a file. A mistake is given in words, with the line and the column.
pub(super) fn content(text: &str) -> Result<Content, String> {
    let at = |wrong: Wrong| wrong.in_text(text);
    let mut reader = Reader::new(text);
    let kind = reader.kind().map_err(at)?;
    if kind != Kind::Object {
        // A text that begins like JSON may still be none; then that is the mistake.
        reader.skip().and_then(|()| reader.end()).map_err(at)?;
        let words = kind.words();
        return Err(format!(
            "this is {words}, expected an object with `results`"
        ));
    }
    let mut found = Found::default();
    reader
        .object(|key, reader| found.read(key, reader))
        .and_then(|()| reader.end())
        .map_err(at)?;
    found.content()
}

/// What was found at the top.
#[derive(Default)]
struct Found {
    results: Option<Vec<Template>>,
    uid: Option<String>,
    kind: Option<String>,
    config: Option<Template>,
    is_error: bool,
    is_template: bool,
}

impl Found {
    fn read(&mut self, key: &str, reader: &mut Reader<'_>) -> Read<()> {
        match key {
            "results" => {
                let mut templates = Vec::new();
                expect(reader, Kind::List, "`results`")?;
                reader.list(|reader| {
                    templates.push(template(reader, "tokens")?);
                    Ok(())
                })?;
                self.results = Some(templates);
            }
            "uid" => self.uid = reader.text_or_number()?,
            "type" => self.kind = reader.text_or_number()?,
            "config" => {
                // Only the `config` of an event type can be read, and the `type` may come after it.
                let start = reader.mark();
                match template(reader, "properties") {
                    Ok(template) => self.config = Some(template),
                    Err(_) => {
                        reader.back_to(start);
                        reader.skip()?;
                    }
                }
            }
            "category" | "correlationId" => {
                self.is_error = true;
                reader.skip()?;
            }
            "objectType" => {
                self.is_template = true;
                reader.skip()?;
            }
            _ => reader.skip()?,
        }
        Ok(())
    }

    fn content(self) -> Result<Content, String> {
        if let Some(templates) = self.results {
            return no_id_twice(templates).map(Content::Templates);
        }
        if self.kind.as_deref().is_some_and(|kind| kind != "app-event") {
            return Ok(Content::OtherDefinition);
        }
        match (self.uid, self.config) {
            (Some(uid), Some(template)) => Ok(Content::Definition(Template {
                uid: Some(uid),
                ..template
            })),
            (Some(_), None) => Err("the definition has no `config` with a `name` and an `objectType`".to_owned()),
            _ if self.is_error => Err(
                "this is an error that HubSpot answered with, not a list of templates: look at its `message`".to_owned(),
            ),
            _ if self.is_template => {
                Err("this is one template, expected an object with `results`, which lists templates".to_owned())
            }
            _ => Err("the object has no `results`".to_owned()),
        }
    }
}

/// Refuses two templates of one id: it would be chance which of them a type is compared with.
fn no_id_twice(templates: Vec<Template>) -> Result<Vec<Template>, String> {
    let mut ids: Vec<&str> = templates.iter().filter_map(|of| of.id.as_deref()).collect();
    ids.sort_unstable();
    let twice = ids.windows(2).find(|pair| pair.first() == pair.last());
    match twice.and_then(<[&str]>::first) {
        Some(id) => Err(format!("two templates have the id {id}")),
        None => Ok(templates),
    }
}

fn expect(reader: &mut Reader<'_>, kind: Kind, what: &str) -> Read<()> {
    let found = reader.kind()?;
    if found == kind {
        return Ok(());
    }
    Err(reader.wrong(format!(
        "{what} is {}, expected {}",
        found.words(),
        kind.words()
    )))
}

/// A template; its tokens stand under this key.
fn template(reader: &mut Reader<'_>, tokens: &str) -> Read<Template> {
    expect(reader, Kind::Object, "the template")?;
    let (start, mut template) = (reader.mark(), Template::default());
    let mut has_type = false;
    reader.object(|key, reader| {
        match key {
            "id" => template.id = reader.text_or_number()?.filter(|id| !id.is_empty()),
            "name" => template.name = reader.text_or_number()?.unwrap_or_default(),
            "objectType" => {
                has_type = true;
                let name = reader.text_or_number()?.unwrap_or_default();
                template.object_type = object_type(&name).map_or(name, str::to_owned);
            }
            "headerTemplate" => template.header = reader.text_or_number()?,
            "detailTemplate" => template.detail = reader.text_or_number()?,
            key if key == tokens => {
                if reader.kind()? == Kind::Null {
                    return reader.skip();
                }
                reader.list(|reader| {
                    template.tokens.push(token(reader)?);
                    Ok(())
                })?;
            }
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    if template.name.is_empty() {
        return Err(reader.wrong_at(start, "the template has no `name`"));
    }
    if !has_type {
        let words = format!("the template {:?} has no `objectType`", template.name);
        return Err(reader.wrong_at(start, words));
    }
    Ok(template)
}

fn token(reader: &mut Reader<'_>) -> Read<Token> {
    expect(reader, Kind::Object, "the token")?;
    let (start, mut token) = (reader.mark(), Token::default());
    reader.object(|key, reader| {
        match key {
            "name" => token.name = reader.text_or_number()?.unwrap_or_default(),
            "type" => token.token_type = reader.text_or_number()?.unwrap_or_default(),
            "options" if reader.kind()? == Kind::List => reader.list(|reader| {
                reader.object(|key, reader| {
                    match key {
                        "value" => token.options.extend(reader.text_or_number()?),
                        _ => reader.skip()?,
                    }
                    Ok(())
                })
            })?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    if token.name.is_empty() {
        return Err(reader.wrong_at(start, "the token has no `name`"));
    }
    if token.token_type.is_empty() {
        let words = format!("the token {:?} has no `type`", token.name);
        return Err(reader.wrong_at(start, words));
    }
    Ok(token)
}

/// The object type of a name that HubSpot's pages write in capitals or in the singular, too.
fn object_type(name: &str) -> Option<&'static str> {
    Some(match &*name.to_ascii_lowercase() {
        "contact" | "contacts" => "contacts",
        "company" | "companies" => "companies",
        "deal" | "deals" => "deals",
        "ticket" | "tickets" => "tickets",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Content, content};

    const TEMPLATE: &str = r#"{"id":7,"name":"A","objectType":"CONTACT","headerTemplate":"{{a}}","createdAt":"x","tokens":[
        {"name":"a","label":"A","type":"enumeration","options":[{"label":"B","value":"b"},{"value":"c"}],"createdAt":"x"}]}"#;

    #[test]
    fn hubspots_own_list() {
        let Ok(Content::Templates(templates)) = content(&format!(
            r#"{{"results":[{TEMPLATE},{{"name":"B","objectType":"2-77","tokens":null}}],"paging":{{}}}}"#
        )) else {
            panic!("a list");
        };
        let [a, b] = &templates[..] else {
            panic!("two");
        };
        assert_eq!((a.id.as_deref(), &*a.object_type), (Some("7"), "contacts"));
        assert_eq!(
            (a.header.as_deref(), a.detail.as_deref()),
            (Some("{{a}}"), None)
        );
        let token = a.token("a").expect("declared");
        assert_eq!(token.options, ["b", "c"]);
        assert_eq!((b.id.as_deref(), &*b.object_type), (None, "2-77"));
    }

    #[test]
    fn a_definition_file() {
        // Whatever the order of its keys.
        for text in [
            r#"{"uid":"a","type":"app-event","config":{"name":"A","objectType":"DEAL","properties":[{"name":"b","type":"date"}]}}"#,
            r#"{"config":{"objectType":"DEAL","properties":[{"type":"date","name":"b"}],"name":"A"},"type":"app-event","uid":"a"}"#,
        ] {
            let Ok(Content::Definition(template)) = content(text) else {
                panic!("{text}");
            };
            assert_eq!(
                (template.uid.as_deref(), template.id.as_deref()),
                (Some("a"), None)
            );
            assert_eq!(
                (&*template.object_type, template.tokens.len()),
                ("deals", 1)
            );
        }
        let card = content(r#"{"uid":"a","config":{"name":7},"type":"card"}"#);
        assert!(matches!(card, Ok(Content::OtherDefinition)));
    }

    #[test]
    fn what_is_wrong() {
        for (text, says) in [
            ("[]", "this is an array, expected an object with `results`"),
            ("7", "this is a number, expected an object with `results`"),
            (
                "{\"results\":{}}",
                "line 1, column 12: `results` is an object, expected an array",
            ),
            (
                "{\"results\":[7]}",
                "line 1, column 13: the template is a number, expected an object",
            ),
            (
                "{\"results\":[\n{\"id\":\"7\"}]}",
                "line 2, column 1: the template has no `name`",
            ),
            (
                "{\"results\":[{\"name\":\"A\"}]}",
                "line 1, column 13: the template \"A\" has no `objectType`",
            ),
            (
                r#"{"results":[{"name":"A","objectType":"deals","tokens":[{"name":"a","type":"date"},{"type":"date"}]}]}"#,
                "line 1, column 83: the token has no `name`",
            ),
            (
                r#"{"results":[{"name":"A","objectType":"deals","tokens":[{"name":"a"}]}]}"#,
                "line 1, column 56: the token \"a\" has no `type`",
            ),
            (
                r#"{"results":[{"id":"7","name":"A","objectType":"deals"},{"id":"7","name":"B","objectType":"deals"}]}"#,
                "two templates have the id 7",
            ),
            (
                r#"{"message":"x","category":"EXPIRED_AUTHENTICATION"}"#,
                "this is an error that HubSpot answered with, not a list of templates: look at its `message`",
            ),
            (
                TEMPLATE,
                "this is one template, expected an object with `results`, which lists templates",
            ),
            (
                r#"{"uid":"a"}"#,
                "the definition has no `config` with a `name` and an `objectType`",
            ),
            ("{}", "the object has no `results`"),
            (
                "{\"results\":[]",
                "line 1, column 14: expected `,` or `}`, and the text ends here",
            ),
        ] {
            let told = content(text).err();
            assert_eq!(told.as_deref(), Some(says), "{text}");
        }
    }
}
