//! The client that the environment describes.

use std::env;

use timeline_core::{Client, ClientBuilder, OAuth, Templates};

use crate::Common;
use crate::answer::Failure;

/// A variable that is set and not empty.
fn variable(name: &str) -> Result<Option<String>, Failure> {
    match env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        // The value may be a secret, so the error does not show it.
        Err(env::VarError::NotUnicode(_)) => Err(Failure::new(format!("{name} is not UTF-8"))),
    }
}

fn number(name: &str) -> Result<Option<u64>, Failure> {
    let Some(value) = variable(name)? else {
        return Ok(None);
    };
    match value.trim().parse() {
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(Failure::new(format!("{name}={value:?} is not a number"))),
    }
}

/// The settings of a client with the environment's credentials.
pub(crate) fn builder(common: &Common) -> Result<ClientBuilder, Failure> {
    let mut builder = Client::builder()
        .base_url(&common.base_url)
        // The user of this program sees the templates and the events anyway.
        .show_messages(true);
    if let Some(portal_id) = number("HUBSPOT_PORTAL_ID")? {
        builder = builder.portal_id(portal_id);
    }
    if let Some(token) = variable("HUBSPOT_ACCESS_TOKEN")? {
        return Ok(builder.access_token(token));
    }
    let names = [
        "HUBSPOT_CLIENT_ID",
        "HUBSPOT_CLIENT_SECRET",
        "HUBSPOT_REFRESH_TOKEN",
    ];
    let mut values = Vec::new();
    let mut missing = Vec::new();
    for name in names {
        match variable(name)? {
            Some(value) => values.push(value),
            None => missing.push(name),
        }
    }
    match &values[..] {
        [id, secret, refresh_token] => {
            let oauth = OAuth::new(id, secret, refresh_token).on_refresh(|_| async {
                eprintln!(
                    "note: HubSpot has given another refresh token, and this program stores none: if HUBSPOT_REFRESH_TOKEN is \
                     refused from now on, connect the app again"
                );
            });
            Ok(builder.oauth(oauth))
        }
        [] => Err(Failure::new(format!(
            "no credentials: set HUBSPOT_ACCESS_TOKEN, or {}",
            names.join(", ")
        ))),
        _ => Err(Failure::new(format!(
            "no credentials: {} is not set (or set HUBSPOT_ACCESS_TOKEN alone)",
            missing.join(" and ")
        ))),
    }
}

/// The templates of the app that the environment names.
pub(crate) fn templates(common: &Common) -> Result<Templates, Failure> {
    let app_id = number("HUBSPOT_APP_ID")?.ok_or_else(|| {
        Failure::new(
            "no app: set HUBSPOT_APP_ID to the app's id, which HubSpot shows in the app's settings",
        )
    })?;
    Ok(builder(common)?.build()?.templates(app_id))
}
