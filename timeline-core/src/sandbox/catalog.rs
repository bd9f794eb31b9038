//! The requests about templates and their tokens.

use serde_json::{Map, Value, json};

use super::answer::{self, Reply};
use super::call::Call;
use super::input::{self, text, wrong_type};
use super::missing::{missing, unset};
use super::path::Target;
use super::refusal::{BodyStep, Refusal};
use super::state::{Now, SandboxState};
use super::templates::Times;
use crate::limits;
use crate::template::{EventTemplate, ObjectType, TokenDefinition};
use crate::token::{TokenOption, TokenType, check_name};

pub(super) fn answer(
    state: &mut SandboxState,
    call: &Call,
    target: &Target,
    now: Now,
) -> Result<Reply, Refusal> {
    let now = now.milliseconds();
    let answered = match (target, &*call.method) {
        (Target::Templates, "GET") => {
            let results: Vec<Value> = state.templates.all().map(answer::template).collect();
            Ok(Reply::json(200, json!({ "results": results })))
        }
        (Target::Templates, _) => create(state, call.body(), now),
        (Target::Template { id }, "GET") => show(state, id, 200),
        (Target::Template { id }, "PUT") => update(state, id, call.body(), now),
        (Target::Template { id }, _) => {
            if !state.templates.remove(id) {
                return Err(no_template(id));
            }
            state.events.remove_template(id);
            Ok(Reply::empty(204))
        }
        (Target::Tokens { template_id }, _) => add_token(state, template_id, call.body(), now),
        (Target::Token { template_id, name }, "PUT") => {
            update_token(state, template_id, name, call.body(), now)
        }
        (Target::Token { template_id, name }, _) => {
            let mut template = held(state, template_id)?;
            let before = template.tokens.len();
            template.tokens.retain(|token| token.name != *name);
            if template.tokens.len() == before {
                return Err(no_token(name));
            }
            state.templates.put(template, now);
            Ok(Reply::empty(204))
        }
        _ => Err(Refusal::not_found("No such path")),
    };
    answered.map_err(|refusal| refusal.in_body(call.body()))
}

fn show(state: &SandboxState, id: &str, status: u16) -> Result<Reply, Refusal> {
    let held = state.templates.get(id).ok_or_else(|| no_template(id))?;
    Ok(Reply::json(status, answer::template(held)))
}

fn held(state: &SandboxState, id: &str) -> Result<EventTemplate, Refusal> {
    let held = state.templates.get(id).ok_or_else(|| no_template(id))?;
    Ok(held.template.clone())
}

fn create(state: &mut SandboxState, body: &[u8], now: i64) -> Result<Reply, Refusal> {
    let mut keys = object(body)?;
    let (name, object_type) = (text(&mut keys, "name")?, text(&mut keys, "objectType")?);
    let tokens = tokens(keys.remove("tokens"))?;
    let unset = unset([
        ("name", name.is_some()),
        ("objectType", object_type.is_some()),
        ("tokens", tokens.is_some()),
    ]);
    let (Some(name), Some(object_type), Some(tokens)) = (name, object_type, tokens) else {
        return Err(missing("TimelineEventTemplateCreateRequest", &unset));
    };
    let mut template = EventTemplate::new(name, ObjectType::of_any_spelling(&object_type));
    template.tokens = tokens;
    template.header_template = text(&mut keys, "headerTemplate")?;
    template.detail_template = text(&mut keys, "detailTemplate")?;
    check(&template)?;
    let most = limits::TEMPLATES_PER_APP;
    if state.templates.all().count() >= most {
        let message = format!("The app has {most} event templates already");
        return Err(Refusal::invalid("TOO_MANY_TEMPLATES", message));
    }
    let id = state.templates.put(template, now);
    show(state, &id, 201)
}

/// Replaces the name, the texts and the tokens. A text or a token that the request leaves out is removed.
fn update(state: &mut SandboxState, id: &str, body: &[u8], now: i64) -> Result<Reply, Refusal> {
    let old = held(state, id)?;
    let mut keys = object(body)?;
    let (given, name) = (text(&mut keys, "id")?, text(&mut keys, "name")?);
    let tokens = tokens(keys.remove("tokens"))?;
    let unset = unset([
        ("id", given.is_some()),
        ("name", name.is_some()),
        ("tokens", tokens.is_some()),
    ]);
    let (Some(given), Some(name), Some(tokens)) = (given, name, tokens) else {
        return Err(missing("TimelineEventTemplateUpdateRequest", &unset));
    };
    if given != id {
        return Err(Refusal::invalid(
            "INVALID_ID",
            "The id in the body is not the id in the path",
        ));
    }
    if text(&mut keys, "objectType")?.is_some_and(|given| given != old.object_type.as_str()) {
        return Err(Refusal::invalid(
            "INVALID_OBJECT_TYPE",
            "The object type cannot be changed",
        ));
    }
    let mut template = EventTemplate::new(name, old.object_type).with_id(id);
    template.tokens = tokens;
    template.header_template = text(&mut keys, "headerTemplate")?;
    template.detail_template = text(&mut keys, "detailTemplate")?;
    check(&template)?;
    for token in &template.tokens {
        let before = old.tokens.iter().find(|old| old.name == token.name);
        if before.is_some_and(|old| old.token_type != token.token_type) {
            return Err(fixed_type(&token.name));
        }
    }
    state.templates.put(template, now);
    show(state, id, 200)
}

fn add_token(state: &mut SandboxState, id: &str, body: &[u8], now: i64) -> Result<Reply, Refusal> {
    let mut template = held(state, id)?;
    let token = token(object(body)?)?;
    let name = token.name.clone();
    template.tokens.push(token);
    check(&template)?;
    state.templates.put(template, now);
    show_token(state, id, &name)
}

fn update_token(
    state: &mut SandboxState,
    id: &str,
    name: &str,
    body: &[u8],
    now: i64,
) -> Result<Reply, Refusal> {
    let mut template = held(state, id)?;
    let token = template.tokens.iter_mut().find(|token| token.name == name);
    let token = token.ok_or_else(|| no_token(name))?;
    let mut keys = object(body)?;
    if text(&mut keys, "name")?.is_some_and(|given| given != name) {
        return Err(Refusal::invalid(
            "INVALID_NAME",
            "A token's name cannot be changed",
        ));
    }
    if text(&mut keys, "type")?.is_some_and(|given| given != token.token_type.as_str()) {
        return Err(fixed_type(name));
    }
    token.label = text(&mut keys, "label")?
        .ok_or_else(|| missing("TimelineEventTemplateTokenUpdateRequest", &["label"]))?;
    if let Some(given) = keys.remove("options").filter(|given| !given.is_null()) {
        token.options = options(given)?;
    }
    if let Some(property) = text(&mut keys, "objectPropertyName")? {
        token.object_property_name = Some(property);
    }
    check(&template)?;
    state.templates.put(template, now);
    show_token(state, id, name)
}

/// 200, also for a new token: HubSpot documents it so.
fn show_token(state: &SandboxState, id: &str, name: &str) -> Result<Reply, Refusal> {
    let held = state.templates.get(id).ok_or_else(|| no_template(id))?;
    let token = held.template.tokens.iter().find(|token| token.name == name);
    let token = token.ok_or_else(|| no_token(name))?;
    let times: Times = held.token_times.get(name).copied().unwrap_or(held.times);
    Ok(Reply::json(200, answer::stamped(token, times)))
}

/// Checks the rules that concern all tokens of a template together.
fn check(template: &EventTemplate) -> Result<(), Refusal> {
    if template.name.is_empty() {
        let message = "The event template's name is empty";
        return Err(Refusal::invalid("INVALID_NAME", message));
    }
    let (count, most) = (template.tokens.len(), limits::TOKENS_PER_TEMPLATE);
    if count > most {
        let message = format!("The event template has {count} tokens, at most {most} are allowed");
        return Err(Refusal::invalid("TOO_MANY_TOKENS", message));
    }
    let mut names = std::collections::HashSet::new();
    for token in &template.tokens {
        check_name(&token.name)
            .map_err(|error| Refusal::invalid("INVALID_NAME", error.to_string()))?;
        if !names.insert(&token.name) {
            let message = format!(
                "The event template has a token named {} already",
                token.name
            );
            return Err(
                Refusal::invalid("DUPLICATE_TOKEN", message).context("tokenName", &token.name)
            );
        }
    }
    Ok(())
}

fn tokens(value: Option<Value>) -> Result<Option<Vec<TokenDefinition>>, Refusal> {
    let tokens = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(tokens)) => tokens,
        Some(_) => return Err(wrong_type("tokens", "a list")),
    };
    let tokens = tokens
        .into_iter()
        .enumerate()
        .map(|(at, value)| match value {
            Value::Object(keys) => token(keys).map_err(|refusal| {
                let refusal = refusal.inside(BodyStep::At(at));
                refusal.inside(BodyStep::Key("tokens"))
            }),
            _ => Err(wrong_type("a token", "an object")),
        });
    tokens.collect::<Result<_, _>>().map(Some)
}

fn token(mut keys: Map<String, Value>) -> Result<TokenDefinition, Refusal> {
    let (name, label) = (text(&mut keys, "name")?, text(&mut keys, "label")?);
    let token_type = text(&mut keys, "type")?;
    let unset = unset([
        ("name", name.is_some()),
        ("label", label.is_some()),
        ("type", token_type.is_some()),
    ]);
    let (Some(name), Some(label), Some(token_type)) = (name, label, token_type) else {
        return Err(missing("TimelineEventTemplateToken", &unset));
    };
    let token_type = match &*token_type {
        "string" => TokenType::String,
        "number" => TokenType::Number,
        "date" => TokenType::Date,
        "enumeration" => TokenType::Enumeration,
        _ => return Err(wrong_type("type", "string, number, date or enumeration")),
    };
    let options = match keys.remove("options") {
        None | Some(Value::Null) => Vec::new(),
        Some(given) => options(given)?,
    };
    if token_type == TokenType::Enumeration && options.is_empty() {
        let message = format!("The enumeration {name} has no options");
        return Err(Refusal::invalid("MISSING_OPTIONS", message).context("tokenName", name));
    }
    let object_property_name = text(&mut keys, "objectPropertyName")?;
    Ok(TokenDefinition {
        name,
        label,
        token_type,
        options,
        object_property_name,
    })
}

fn options(value: Value) -> Result<Vec<TokenOption>, Refusal> {
    let Value::Array(options) = value else {
        return Err(wrong_type("options", "a list"));
    };
    let options = options.into_iter().enumerate().map(|(at, option)| {
        let Value::Object(mut keys) = option else {
            return Err(wrong_type("an option", "an object"));
        };
        let (value, label) = (text(&mut keys, "value")?, text(&mut keys, "label")?);
        let unset = unset([("value", value.is_some()), ("label", label.is_some())]);
        let (Some(value), Some(label)) = (value, label) else {
            let refusal = missing("TimelineEventTemplateTokenOption", &unset);
            let refusal = refusal.inside(BodyStep::At(at));
            return Err(refusal.inside(BodyStep::Key("options")));
        };
        Ok(TokenOption::new(value, label))
    });
    options.collect()
}

fn object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    match input::json(body)? {
        Value::Object(keys) => Ok(keys),
        _ => Err(wrong_type("the body", "an object")),
    }
}

fn no_template(id: &str) -> Refusal {
    Refusal::not_found(format!("No event template with id {id} exists"))
}

fn no_token(name: &str) -> Refusal {
    Refusal::not_found(format!("The event template has no token named {name}"))
}

fn fixed_type(name: &str) -> Refusal {
    let message = format!("The type of the token {name} cannot be changed");
    Refusal::invalid("INVALID_TYPE", message).context("tokenName", name)
}
