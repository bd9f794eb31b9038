//! The calls about an app's templates and their tokens, and what they answer with.

use serde::{Deserialize, Serialize};

use crate::template::{EventTemplate, TokenDefinition};
use crate::token::TokenOption;
use crate::wire::answer::Expected;
use crate::wire::call::{Call, Method, Route};

/// A call about an app's templates.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TemplateCall<'c> {
    List,
    Get(&'c str),
    Create(&'c EventTemplate),
    Update(&'c str, &'c EventTemplate),
    Delete(&'c str),
    CreateToken(&'c str, &'c TokenDefinition),
    UpdateToken(&'c str, &'c TokenDefinition),
    DeleteToken(&'c str, &'c str),
}

/// The paths, which several methods have in common.
const ALL: &str = "/integrators/timeline/v3/{appId}/event-templates";
const ONE: &str = "/integrators/timeline/v3/{appId}/event-templates/{eventTemplateId}";
const TOKENS: &str = "/integrators/timeline/v3/{appId}/event-templates/{eventTemplateId}/tokens";
const TOKEN: &str =
    "/integrators/timeline/v3/{appId}/event-templates/{eventTemplateId}/tokens/{tokenName}";

impl TemplateCall<'_> {
    pub(crate) fn route(self) -> Route {
        let (method, path) = match self {
            TemplateCall::List => (Method::Get, ALL),
            TemplateCall::Get(_) => (Method::Get, ONE),
            TemplateCall::Create(_) => (Method::Post, ALL),
            TemplateCall::Update(..) => (Method::Put, ONE),
            TemplateCall::Delete(_) => (Method::Delete, ONE),
            TemplateCall::CreateToken(..) => (Method::Post, TOKENS),
            TemplateCall::UpdateToken(..) => (Method::Put, TOKEN),
            TemplateCall::DeleteToken(..) => (Method::Delete, TOKEN),
        };
        Route::new(method, path)
    }

    /// The request.
    pub(crate) fn request(self, app_id: u64) -> serde_json::Result<Call> {
        let expected = match self {
            TemplateCall::List => Expected::Templates,
            TemplateCall::Get(_) | TemplateCall::Create(_) | TemplateCall::Update(..) => {
                Expected::Template
            }
            TemplateCall::CreateToken(..) | TemplateCall::UpdateToken(..) => Expected::Token,
            TemplateCall::Delete(_) | TemplateCall::DeleteToken(..) => Expected::Nothing,
        };
        let ids = match self {
            TemplateCall::List | TemplateCall::Create(_) => Vec::new(),
            TemplateCall::Get(id)
            | TemplateCall::Update(id, _)
            | TemplateCall::Delete(id)
            | TemplateCall::CreateToken(id, _) => vec![id],
            TemplateCall::UpdateToken(id, token) => vec![id, &token.name],
            TemplateCall::DeleteToken(id, name) => vec![id, name],
        };
        let app_id = app_id.to_string();
        let parts = std::iter::once(&*app_id).chain(ids);
        let body = match self {
            TemplateCall::Create(template) => Some(serde_json::to_vec(template)?),
            TemplateCall::Update(id, template) => Some(serde_json::to_vec(&Update {
                id,
                name: &template.name,
                header_template: template.header_template.as_deref(),
                detail_template: template.detail_template.as_deref(),
                tokens: &template.tokens,
            })?),
            TemplateCall::CreateToken(_, token) => Some(serde_json::to_vec(token)?),
            TemplateCall::UpdateToken(_, token) => Some(serde_json::to_vec(&TokenUpdate {
                label: &token.label,
                options: &token.options,
                object_property_name: token.object_property_name.as_deref(),
            })?),
            _ => None,
        };
        Ok(Call {
            route: self.route(),
            parts: parts.map(str::to_owned).collect(),
            body,
            expected,
        })
    }
}

/// HubSpot's request to update a template. The object type is not in it: it cannot change.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Update<'u> {
    id: &'u str,
    name: &'u str,
    #[serde(skip_serializing_if = "Option::is_none")]
    header_template: Option<&'u str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail_template: Option<&'u str>,
    tokens: &'u [TokenDefinition],
}

/// HubSpot's request to update a token: its name is in the path, and its type cannot change.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenUpdate<'u> {
    label: &'u str,
    options: &'u [TokenOption],
    #[serde(skip_serializing_if = "Option::is_none")]
    object_property_name: Option<&'u str>,
}

/// The answer to listing templates. Keys that this crate does not know are ignored.
pub(super) fn list(body: &[u8]) -> serde_json::Result<Vec<EventTemplate>> {
    #[derive(Deserialize)]
    struct Listed {
        results: Vec<EventTemplate>,
    }

    let listed: Listed = serde_json::from_slice(body)?;
    Ok(listed.results.into_iter().map(plain).collect())
}

pub(super) fn one(body: &[u8]) -> serde_json::Result<EventTemplate> {
    serde_json::from_slice(body).map(plain)
}

pub(super) fn token(body: &[u8]) -> serde_json::Result<TokenDefinition> {
    serde_json::from_slice(body)
}

/// The template with its object type in one spelling.
fn plain(mut template: EventTemplate) -> EventTemplate {
    template.object_type = template.object_type.in_one_spelling();
    template
}
