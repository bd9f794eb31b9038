//! What differs between the templates of a program and those of a file.

use std::fmt;

use serde::Serialize;

use super::counterpart::{Counterpart, counterpart, each_once, title, why_missing};
use super::difference::{Difference, differences};
use super::event_template::EventTemplate;

/// The templates of a program that differ from those of a [`TemplateFile`](crate::TemplateFile).
///
/// `Display` reads like a diff: `+` is in the code alone, `-` in the file alone, `~` in both.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Drift {
    templates: Vec<TemplateDrift>,
}

/// How one template differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TemplateDrift {
    /// The template's name, in quotes, and its id or its event type's name, as far as the code says them.
    pub template: String,
    /// Why nothing can be compared: the file has no such template, or several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// What differs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
}

impl Drift {
    /// Compares; `None` if nothing differs.
    pub(crate) fn between(code: &[EventTemplate], file: &[EventTemplate]) -> Option<Self> {
        let templates: Vec<TemplateDrift> = each_once(code)
            .into_iter()
            .filter_map(|template| match template {
                Ok(template) => of_one(template, file),
                Err(template) => {
                    let why = "the code has a different template of this name or id: say one of them the same in both types, or give it another name";
                    Some(missing(template, why.to_owned()))
                }
            })
            .collect();
        (!templates.is_empty()).then_some(Drift { templates })
    }

    /// The templates that differ, in the order of the code.
    #[must_use]
    pub fn templates(&self) -> &[TemplateDrift] {
        &self.templates
    }
}

fn of_one(code: &EventTemplate, file: &[EventTemplate]) -> Option<TemplateDrift> {
    match counterpart(code, file) {
        Counterpart::One(other) => {
            if let Some(why) = other_type(code, other) {
                return Some(missing(code, why));
            }
            let differences = differences(code, other, false);
            (!differences.is_empty()).then(|| TemplateDrift {
                template: title(code),
                missing: None,
                differences,
            })
        }
        none => Some(missing(code, why_missing(&none, "the file"))),
    }
}

/// The reason if the template of this name is another event type. A `type_name` may be the full name, which ends with the
/// `uid`.
fn other_type(code: &EventTemplate, file: &EventTemplate) -> Option<String> {
    let (ours, uid) = (code.type_name()?, file.type_name()?);
    let before = ours.strip_suffix(uid);
    if before.is_some_and(|before| before.is_empty() || before.ends_with('_')) {
        return None;
    }
    Some(format!(
        "the definition of this name has the uid {uid:?}, and the code's `type_name` is {ours:?}"
    ))
}

fn missing(code: &EventTemplate, why: String) -> TemplateDrift {
    TemplateDrift {
        template: title(code),
        missing: Some(why),
        differences: Vec::new(),
    }
}

crate::error::debug_as_display!(Drift);

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.templates.len() {
            1 => f.write_str("1 template of the code differs from the file:")?,
            count => write!(f, "{count} templates of the code differ from the file:")?,
        }
        for template in &self.templates {
            match &template.missing {
                Some(why) => write!(f, "\n+ {}: {why}", template.template)?,
                None => write!(f, "\n~ {}", template.template)?,
            }
            for difference in &template.differences {
                write!(f, "\n    {difference}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Drift {}
