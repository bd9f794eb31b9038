//! The file that defines an event type of app events in an app's project.

use std::collections::HashSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::event_template::EventTemplate;
use super::object_type::ObjectType;
use super::token_definition::TokenDefinition;
use crate::limits;
use crate::token::check_name;

/// An event type of app events, as a definition file of the app's project (`…-hsmeta.json`) has it.
///
/// [`EventTemplate::to_definition`] makes one; serialized, it is the whole file. A file that is read becomes a template again
/// by [`into_template`](Self::into_template); keys that are not HubSpot's own are ignored.
///
/// ```
/// use timeline_core::{EventTemplate, ObjectType, TokenDefinition};
///
/// let template = EventTemplate::new("Pet adopted", ObjectType::Contacts)
///     .token(TokenDefinition::new::<str>("petName", "Pet name")?);
/// let definition = template.to_definition("pet_adopted")?;
/// assert_eq!(definition.file_name(), "pet_adopted-hsmeta.json");
/// assert_eq!(
///     serde_json::to_string(&definition)?,
///     concat!(
///         r#"{"uid":"pet_adopted","type":"app-event","config":{"name":"Pet adopted","objectType":"CONTACT","#,
///         r#""properties":[{"name":"petName","label":"Pet name","type":"string","options":[]}]}}"#,
///     ),
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct EventDefinition {
    uid: String,
    #[serde(rename = "type")]
    kind: Kind,
    config: Config,
}

/// A definition as it stands in a file.
#[derive(Deserialize)]
struct Unchecked {
    uid: String,
    #[serde(rename = "type", default)]
    kind: Kind,
    config: Config,
}

impl TryFrom<Unchecked> for EventDefinition {
    type Error = DefinitionError;

    fn try_from(unchecked: Unchecked) -> Result<Self, DefinitionError> {
        let Unchecked { uid, kind, config } = unchecked;
        let definition = EventDefinition { uid, kind, config };
        // Lengths of texts are not checked, since the file may be older than HubSpot's limits. HubSpot refuses texts that
        // are too long.
        let mut mistakes = Vec::new();
        check_uid(&definition.uid, &mut mistakes);
        check_name_of(&definition.config.name, &mut mistakes);
        check_properties(&definition.config.properties, &mut mistakes);
        DefinitionError::unless_none(&definition.uid, mistakes)?;
        Ok(definition)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    #[default]
    #[serde(rename = "app-event")]
    AppEvent,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    name: String,
    object_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    header_template: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail_template: Option<String>,
    #[serde(default)]
    properties: Vec<TokenDefinition>,
}

/// Names of properties that a page of HubSpot's first version reserves. HubSpot does not say that app events refuse them.
const RESERVED: [&str; 16] = [
    "properties",
    "applicationId",
    "eventTypeId",
    "extraData",
    "id",
    "objectType",
    "objectId",
    "portalId",
    "timestamp",
    "utk",
    "domain",
    "log",
    "lookup",
    "timelineIFrame",
    "eventTemplateId",
    "tokens",
];

impl EventTemplate {
    /// The template as an event type of app events, with this `uid`. What app events do not have is left out: the template's
    /// id, and the CRM properties that its tokens set.
    ///
    /// # Errors
    ///
    /// [`DefinitionError`] says all that HubSpot would refuse: a `uid` that is empty, begins with `.`, or has other
    /// characters than letters, digits, `_`, `-` and `.`; no name or one of more than 50 characters; a header of more than
    /// 1,000, a detail of more than 10,000; a property that is there twice or whose name is not allowed. And an object type
    /// that is a custom object's type id: how a definition file names a custom object is not written down.
    pub fn to_definition(&self, uid: &str) -> Result<EventDefinition, DefinitionError> {
        let mut mistakes = Vec::new();
        check_uid(uid, &mut mistakes);
        check_name_of(&self.name, &mut mistakes);
        check_properties(&self.tokens, &mut mistakes);
        let length = |text: &Option<String>| text.as_deref().map_or(0, |text| text.chars().count());
        for (what, has, most) in [
            ("name", self.name.chars().count(), limits::EVENT_TYPE_NAME),
            (
                "header",
                length(&self.header_template),
                limits::EVENT_TYPE_HEADER,
            ),
            (
                "detail",
                length(&self.detail_template),
                limits::EVENT_TYPE_DETAIL,
            ),
        ] {
            if has > most {
                mistakes.push(format!(
                    "the {what} has {has} characters, and app events allow {most}: make it shorter"
                ));
            }
        }
        let object_type = match &self.object_type {
            ObjectType::Contacts => "CONTACT",
            ObjectType::Companies => "COMPANY",
            ObjectType::Deals => "DEAL",
            ObjectType::Tickets => "TICKET",
            ObjectType::Custom(id) if self.object_type.is_type_id() => {
                mistakes.push(format!(
                    "HubSpot has not written down how a definition names the custom object {id}: write the file by hand"
                ));
                ""
            }
            ObjectType::Custom(name) => name,
        };
        DefinitionError::unless_none(&self.name, mistakes)?;
        let properties = self.tokens.iter().map(|token| TokenDefinition {
            object_property_name: None,
            ..token.clone()
        });
        Ok(EventDefinition {
            uid: uid.to_owned(),
            kind: Kind::AppEvent,
            config: Config {
                name: self.name.clone(),
                object_type: object_type.to_owned(),
                header_template: self.header_template.clone(),
                detail_template: self.detail_template.clone(),
                properties: properties.collect(),
            },
        })
    }
}

/// Checks the uid, which is the file's name as well.
fn check_uid(uid: &str, mistakes: &mut Vec<String>) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if uid.is_empty() || uid.starts_with('.') || !uid.chars().all(is_part) {
        mistakes.push(format!(
            "the uid {uid:?} is also the file's name: it must have letters, digits, `_`, `-` and `.` only, and not begin with `.`"
        ));
    }
}

fn check_name_of(name: &str, mistakes: &mut Vec<String>) {
    if name.is_empty() {
        mistakes.push("the name is empty".to_owned());
    }
}

fn check_properties(properties: &[TokenDefinition], mistakes: &mut Vec<String>) {
    let mut names = HashSet::new();
    for property in properties {
        if let Err(error) = check_name(&property.name) {
            mistakes.push(format!("property: {error}"));
        } else if !names.insert(&property.name) {
            mistakes.push(format!("the property {} stands there twice", property.name));
        }
    }
}

impl EventDefinition {
    /// The name that the developer gives the type: its developer symbol, and the `type_name` of a client with a project.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// The name that its file has by HubSpot's convention.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}-hsmeta.json", self.uid)
    }

    /// Properties whose names a page of HubSpot's reserves. Whether app events refuse them is not written down.
    pub fn reserved(&self) -> impl Iterator<Item = &str> {
        let names = self
            .config
            .properties
            .iter()
            .map(|property| &*property.name);
        names.filter(|name| is_reserved(name))
    }

    /// The event type as a template that has the `uid` as its event type's name.
    #[must_use]
    pub fn into_template(self) -> EventTemplate {
        let config = self.config;
        let object_type = ObjectType::of_any_spelling(&config.object_type);
        let mut template = EventTemplate::new(config.name, object_type).with_type_name(self.uid);
        template.header_template = config.header_template;
        template.detail_template = config.detail_template;
        template.tokens = config.properties;
        template
    }
}

pub(crate) fn is_reserved(property: &str) -> bool {
    RESERVED.contains(&property)
}

/// Why a template cannot be an event type of app events: everything at once.
#[derive(Clone, PartialEq, Eq)]
pub struct DefinitionError {
    of: String,
    mistakes: Vec<String>,
}

impl DefinitionError {
    fn unless_none(of: &str, mistakes: Vec<String>) -> Result<(), Self> {
        if mistakes.is_empty() {
            return Ok(());
        }
        let of = of.to_owned();
        Err(DefinitionError { of, mistakes })
    }
}

crate::error::debug_as_text!(DefinitionError);

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no event type of app events: {}",
            self.of,
            self.mistakes.join("; ")
        )
    }
}

impl std::error::Error for DefinitionError {}
