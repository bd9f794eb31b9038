//! A file of templates, or a folder of definition files.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::definition::EventDefinition;
use super::drift::Drift;
use super::event_template::EventTemplate;
use super::file_error::{TemplateFileError, TemplateFileErrorKind};
use super::names::{EventTypes, TemplateIds};
use super::token_definition::TokenDefinition;
use crate::token::check_name;

/// The templates of an app as HubSpot lists them, kept in a file beside the code.
///
/// The file is HubSpot's own answer to listing templates (`{"results": [{"id": "1001298", "name": …}]}`), so
/// `timeline pull --output timeline.json` writes it, and so does `curl`. Keys that this crate does not know are ignored.
/// Serialized, it is such an answer again, with the ids, and with a key `typeName` for the templates that say the name of their
/// event type. A definition file of app events (`…-hsmeta.json`) and a folder of
/// them are read as well; no ids come from these, but the names of event types.
///
/// ```
/// use timeline_core::TemplateFile;
///
/// let file = TemplateFile::from_json(
///     r#"{"results": [{"id": "1001298", "name": "Pet adopted", "objectType": "contacts",
///         "tokens": [{"name": "petName", "label": "Pet name", "type": "string"}]}]}"#,
/// )?;
/// assert_eq!(file.template_ids().get("Pet adopted"), Some("1001298"));
///
/// // A test that the structs of a program match what is in HubSpot:
/// # #[cfg(feature = "derive")] {
/// # use timeline_core::TimelineEvent;
/// #[derive(TimelineEvent)]
/// #[timeline(template = "Pet adopted")]
/// struct PetAdopted {
///     #[timeline(email)]
///     owner: String,
///     #[timeline(token = "petname")]
///     name: String,
/// }
/// let drift = file.check(&PetAdopted::templates()).unwrap_err();
/// assert_eq!(
///     drift.to_string(),
///     "1 template of the code differs from the file:\n\
///      ~ \"Pet adopted\"\n    \
///          + token petname (string), labelled \"Name\"",
/// );
/// # }
/// # Ok::<(), timeline_core::TemplateFileError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateFile {
    templates: Vec<EventTemplate>,
}

impl TemplateFile {
    /// Reads a file, or a folder of definition files. In a folder and the folders inside it, all files whose names end in
    /// `-hsmeta.json` are read, and those that define no event type are left out.
    ///
    /// # Errors
    ///
    /// [`TemplateFileError`] shows the path and what is wrong there: the file cannot be read, is no JSON (with line and
    /// column), is another JSON than HubSpot's list, or has a template that HubSpot would not list.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, TemplateFileError> {
        let path = path.as_ref();
        let read = |error| TemplateFileError::unreadable(error).at(path);
        if fs::metadata(path).map_err(read)?.is_dir() {
            return Self::read_folder(path);
        }
        let bytes = fs::read(path).map_err(read)?;
        Self::from_bytes(&bytes).map_err(|error| error.at(path))
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read).
    pub fn from_json(json: &str) -> Result<Self, TemplateFileError> {
        Self::of_value(value(json)?)
    }

    /// Reads a file as [`read`](Self::read) does, or one that is a plain list of templates, such as
    /// [`TimelineEvent::templates`](crate::TimelineEvent::templates) serialized: what the command `timeline` takes, for
    /// templates of a program that are not in HubSpot yet.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read).
    pub fn read_or_list(path: impl AsRef<Path>) -> Result<Self, TemplateFileError> {
        let path = path.as_ref();
        let read = |error| TemplateFileError::unreadable(error).at(path);
        if fs::metadata(path).map_err(read)?.is_dir() {
            return Self::read_folder(path);
        }
        let bytes = fs::read(path).map_err(read)?;
        let read = || match value(text(&bytes)?)? {
            Value::Array(list) => Self::of_list(list, ""),
            other => Self::of_value(other),
        };
        read().map_err(|error| error.at(path))
    }

    #[cfg(feature = "client")]
    pub(crate) fn push(&mut self, template: EventTemplate) {
        self.templates.push(template);
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, TemplateFileError> {
        Self::from_json(text(bytes)?)
    }

    fn of_value(value: Value) -> Result<Self, TemplateFileError> {
        let wrong = |words: &str| Err(TemplateFileError::not_a_list(words));
        let mut keys = match value {
            Value::Object(keys) if keys.contains_key("config") => {
                let words = "the file defines no event type: its `type` is not `app-event`";
                let template = definition(Value::Object(keys))?;
                let template = template.ok_or_else(|| TemplateFileError::not_a_list(words))?;
                return Ok(vec![template].into());
            }
            Value::Object(keys) => keys,
            Value::Array(_) => {
                return wrong("this is an array, expected an object with `results`");
            }
            other => {
                let words = format!(
                    "this is {}, expected an object with `results`",
                    kind(&other)
                );
                return Err(TemplateFileError::not_a_list(&words));
            }
        };
        match keys.remove("results") {
            Some(Value::Array(list)) => Self::of_list(list, "results"),
            Some(other) => {
                let words = format!("`results` is {}, expected an array", kind(&other));
                Err(TemplateFileError::not_a_list(&words))
            }
            None if keys.contains_key("category") || keys.contains_key("correlationId") => wrong(
                "this is an error that HubSpot answered with, not a list of templates: look at its `message`",
            ),
            None if keys.contains_key("objectType") => wrong(
                "this is one template, expected an object with `results`, which lists templates",
            ),
            None => wrong("the object has no `results`"),
        }
    }

    fn of_list(list: Vec<Value>, within: &str) -> Result<Self, TemplateFileError> {
        let templates: Result<Vec<EventTemplate>, TemplateFileError> = list
            .into_iter()
            .enumerate()
            .map(|(index, value)| template(value, &format!("{within}[{index}]")))
            .collect();
        let file = TemplateFile {
            templates: templates?,
        };
        let mut ids = HashSet::new();
        for (index, template) in file.templates.iter().enumerate() {
            if let Some(id) = template.id().filter(|id| !ids.insert(*id)) {
                let words = format!("the id {id} is another template's in this file, too");
                return Err(TemplateFileError::invalid(
                    &format!("{within}[{index}].id"),
                    &words,
                ));
            }
        }
        Ok(file)
    }

    fn read_folder(folder: &Path) -> Result<Self, TemplateFileError> {
        let mut paths = Vec::new();
        find_definitions(folder, &mut paths)
            .map_err(|(path, error)| TemplateFileError::unreadable(error).at(&path))?;
        // The order in which a system lists a folder is its own.
        paths.sort();
        let mut templates: Vec<EventTemplate> = Vec::new();
        for path in &paths {
            let bytes = fs::read(path);
            let bytes = bytes.map_err(|error| TemplateFileError::unreadable(error).at(path))?;
            let template = text(&bytes).and_then(value).and_then(definition);
            let template = template.map_err(|error| error.at(path))?;
            let Some(template) = template else { continue };
            let is_same = |other: &EventTemplate| other.type_name() == template.type_name();
            if templates.iter().any(is_same) {
                let uid = template.type_name().unwrap_or_default();
                let words = format!("the uid {uid:?} is that of another file in this folder, too");
                return Err(TemplateFileError::invalid("uid", &words).at(path));
            }
            templates.push(template);
        }
        if templates.is_empty() {
            let words = "no file in this folder defines an event type of app events: their names end in `-hsmeta.json`, \
                         and their `type` is `app-event`";
            return Err(TemplateFileError::not_a_list(words).at(folder));
        }
        Ok(TemplateFile { templates })
    }

    /// The templates, in the order of the file.
    #[must_use]
    pub fn templates(&self) -> &[EventTemplate] {
        &self.templates
    }

    /// The templates' ids by their names, for `ClientBuilder::template_ids`. A name
    /// that several templates have is left out, so that no event goes to the wrong one: events of it are rejected, and
    /// nothing is sent.
    #[must_use]
    pub fn template_ids(&self) -> TemplateIds {
        let named = self.templates.iter().filter(|template| {
            let mut others = self.templates.iter();
            let mut same = others.by_ref().filter(|other| other.name == template.name);
            same.next().is_some() && same.next().is_none()
        });
        named
            .filter_map(|template| Some((template.name.clone(), template.id()?.to_owned())))
            .collect()
    }

    /// The names of event types by the templates' names, for
    /// `ClientBuilder::event_types`: the `uid` of each definition file. Nothing for a
    /// file of v3's templates.
    #[must_use]
    pub fn event_types(&self) -> EventTypes {
        let typed = self.templates.iter();
        typed
            .filter_map(|template| Some((template.name.clone(), template.type_name()?.to_owned())))
            .collect()
    }

    /// Compares the templates of a program (`[PetAdopted::templates(), OrderShipped::templates()].concat()`) with those
    /// of the file: by id where the code says one, else by name. Templates and tokens that only the file has are no
    /// difference, nor is what the code does not state: a header, a detail, a CRM property, further options.
    ///
    /// # Errors
    ///
    /// [`Drift`] has every difference.
    pub fn check(&self, code: &[EventTemplate]) -> Result<(), Drift> {
        match Drift::between(code, &self.templates) {
            None => Ok(()),
            Some(drift) => Err(drift),
        }
    }
}

impl From<Vec<EventTemplate>> for TemplateFile {
    fn from(templates: Vec<EventTemplate>) -> Self {
        TemplateFile { templates }
    }
}

/// HubSpot's answer to listing templates, with the ids and the names of event types.
impl Serialize for TemplateFile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Listed<'t>(&'t EventTemplate);

        impl Serialize for Listed<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let template = self.0;
                let mut map = serializer.serialize_map(None)?;
                if let Some(id) = template.id() {
                    map.serialize_entry("id", id)?;
                }
                if let Some(name) = template.type_name() {
                    map.serialize_entry("typeName", name)?;
                }
                map.serialize_entry("name", &template.name)?;
                map.serialize_entry("objectType", &template.object_type)?;
                for (key, text) in [
                    ("headerTemplate", &template.header_template),
                    ("detailTemplate", &template.detail_template),
                ] {
                    if let Some(text) = text {
                        map.serialize_entry(key, text)?;
                    }
                }
                map.serialize_entry("tokens", &template.tokens)?;
                map.end()
            }
        }

        let listed: Vec<Listed<'_>> = self.templates.iter().map(Listed).collect();
        let mut file = serializer.serialize_struct("TemplateFile", 1)?;
        file.serialize_field("results", &listed)?;
        file.end()
    }
}

/// The files that define something of an app, in the folder and in those inside it.
fn find_definitions(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), (PathBuf, io::Error)> {
    let with = |path: &Path| {
        let path = path.to_owned();
        move |error| (path, error)
    };
    for entry in fs::read_dir(folder).map_err(with(folder))? {
        let entry = entry.map_err(with(folder))?;
        let path = entry.path();
        // A link is not followed, so that no folder is read as a part of itself.
        if entry.file_type().map_err(with(&path))?.is_dir() {
            find_definitions(&path, found)?;
        } else if path
            .file_name()
            .and_then(OsStr::to_str)
            .is_some_and(|name| name.ends_with("-hsmeta.json"))
        {
            found.push(path);
        }
    }
    Ok(())
}

/// The event type that a file defines; `None` if it defines something else of the app.
fn definition(value: Value) -> Result<Option<EventTemplate>, TemplateFileError> {
    let is_event = |value: &Value| value.get("type").and_then(Value::as_str) == Some("app-event");
    if !is_event(&value) {
        return Ok(None);
    }
    let definition: EventDefinition = serde_json::from_value(value)
        .map_err(|error| TemplateFileError::invalid("", &error.to_string()))?;
    Ok(Some(definition.into_template()))
}

/// One template of a list.
fn template(mut value: Value, path: &str) -> Result<EventTemplate, TemplateFileError> {
    let invalid = |within: &str, words: &str| {
        Err(TemplateFileError::invalid(
            &format!("{path}{within}"),
            words,
        ))
    };
    let Some(keys) = value.as_object_mut() else {
        let words = format!("this is {}, expected a template", kind(&value));
        return invalid("", &words);
    };
    // Some clients write ids as numbers.
    if let Some(id @ Value::Number(_)) = keys.get_mut("id") {
        *id = Value::String(id.to_string());
    }
    let tokens = match keys.remove("tokens") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(tokens)) => tokens,
        Some(other) => {
            let words = format!("this is {}, expected an array", kind(&other));
            return invalid(".tokens", &words);
        }
    };
    let mut template: EventTemplate = match serde_json::from_value(value) {
        Ok(template) => template,
        Err(error) => return invalid("", &error.to_string()),
    };
    template.object_type = template.object_type.in_one_spelling();
    if template.name.is_empty() {
        return invalid(".name", "the name is empty");
    }
    if template.id().is_some_and(str::is_empty) {
        return invalid(".id", "the id is empty");
    }
    for (index, token) in tokens.into_iter().enumerate() {
        match serde_json::from_value(token) {
            Ok(token) => template.tokens.push(token),
            Err(error) => {
                return invalid(&format!(".tokens[{index}]"), &error.to_string());
            }
        }
    }
    check_tokens(&template.tokens, &format!("{path}.tokens"))?;
    Ok(template)
}

fn check_tokens(tokens: &[TokenDefinition], path: &str) -> Result<(), TemplateFileError> {
    let mut names = HashSet::new();
    for (index, token) in tokens.iter().enumerate() {
        let wrong = match check_name(&token.name) {
            Err(error) => error.to_string(),
            Ok(()) if !names.insert(&token.name) => {
                format!("the token {} stands there twice", token.name)
            }
            Ok(()) => continue,
        };
        let path = format!("{path}[{index}].name");
        return Err(TemplateFileError::invalid(&path, &wrong));
    }
    Ok(())
}

/// The text of a file, without the byte order mark that some editors put before it.
fn text(bytes: &[u8]) -> Result<&str, TemplateFileError> {
    let encoding = |words: &str| Err(TemplateFileError::not_json(words));
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return encoding("the file is UTF-16: save it as UTF-8");
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match str::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) => {
            let at = error.valid_up_to();
            let line = bytes.iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
            encoding(&format!("line {line} is not UTF-8: save the file as UTF-8"))
        }
    }
}

fn value(json: &str) -> Result<Value, TemplateFileError> {
    if json.trim().is_empty() {
        return Err(TemplateFileError::not_json("the file is empty"));
    }
    serde_json::from_str(json).map_err(|error| {
        TemplateFileError::new(
            TemplateFileErrorKind::NotJson,
            format!("this is no JSON: {error}"),
        )
        .because(error)
    })
}

/// What a JSON value is, in words.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
