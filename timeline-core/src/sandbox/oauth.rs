//! The endpoint that gives tokens out, tells of them and ends them.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::accounts::{Accounts, Granted, Known, NoGrant};
use super::path::TokenCall;

/// The app's id, as introspection tells it.
const APP_ID: u64 = 7;

/// Why the endpoint gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NoToken {
    GrantType,
    ClientId,
    ClientSecret,
    RefreshToken,
    Code,
    RedirectUri,
    Token,
    NotInstalled,
}

/// A request to the endpoint; the status and body of the answer.
pub(super) fn answer(
    accounts: &mut Accounts,
    call: TokenCall,
    form: &HashMap<String, String>,
    now: Duration,
    correlation_id: &str,
) -> (u16, Value) {
    let answered = match call {
        TokenCall::Grant => grant(accounts, form, now),
        TokenCall::Introspect => introspect(accounts, form, now),
        TokenCall::Revoke => revoke(accounts, form),
    };
    match answered {
        Ok(body) => (200, body),
        Err(reason) => reason.told(correlation_id),
    }
}

fn given<'f>(form: &'f HashMap<String, String>, key: &str) -> Option<&'f str> {
    let text = form.get(key).map(String::as_str);
    text.filter(|text| !text.is_empty())
}

/// Who asks is looked at first, so that a wrong secret is never taken for a bad refresh token.
fn known_client(accounts: &Accounts, form: &HashMap<String, String>) -> Result<(), NoToken> {
    let settings = accounts.settings();
    if given(form, "client_id") != Some(&settings.client_id) {
        return Err(NoToken::ClientId);
    }
    if given(form, "client_secret") != Some(&settings.client_secret) {
        return Err(NoToken::ClientSecret);
    }
    Ok(())
}

fn grant(
    accounts: &mut Accounts,
    form: &HashMap<String, String>,
    now: Duration,
) -> Result<Value, NoToken> {
    let by_code = match given(form, "grant_type") {
        Some("refresh_token") => false,
        Some("authorization_code") => true,
        _ => return Err(NoToken::GrantType),
    };
    known_client(accounts, form)?;
    let granted = if by_code {
        given(form, "redirect_uri").ok_or(NoToken::RedirectUri)?;
        let code = given(form, "code").ok_or(NoToken::Code)?;
        accounts.exchange(code, now).ok_or(NoToken::Code)?
    } else {
        let token = given(form, "refresh_token").ok_or(NoToken::RefreshToken)?;
        accounts
            .refresh(token, now)
            .map_err(|reason| match reason {
                NoGrant::Unknown => NoToken::RefreshToken,
                NoGrant::Uninstalled => NoToken::NotInstalled,
            })?
    };
    let Granted {
        portal_id,
        access_token,
        refresh_token,
    } = granted;
    let settings = accounts.settings();
    Ok(json!({
        "token_type": "bearer",
        "token_use": "access_token",
        "access_token": access_token,
        "refresh_token": refresh_token,
        "expires_in": settings.expires_in.as_secs(),
        "hub_id": portal_id,
        "scopes": settings.scopes,
    }))
}

fn introspect(
    accounts: &Accounts,
    form: &HashMap<String, String>,
    now: Duration,
) -> Result<Value, NoToken> {
    known_client(accounts, form)?;
    let token = given(form, "token").ok_or(NoToken::Token)?;
    // Seen: a token that HubSpot does not know is not an error here.
    let Some(known) = accounts.known(token, now) else {
        return Ok(json!({ "active": false }));
    };
    let mut body = metadata(accounts, token, known);
    if let Some(keys) = body.as_object_mut() {
        keys.insert("active".to_owned(), true.into());
        keys.insert("token_type".to_owned(), "Bearer".into());
        keys.insert("token_use".to_owned(), known.token_use().into());
        if let Known::Access { .. } = known {
            keys.insert("is_private_distribution".to_owned(), false.into());
        }
    }
    Ok(body)
}

/// What version 1 tells of an access token, or of a refresh token.
pub(super) fn told(
    accounts: &Accounts,
    token: &str,
    of_access: bool,
    now: Duration,
) -> Option<Value> {
    let known = accounts.known(token, now)?;
    let (is_access, token_type) = match known {
        Known::Access { .. } => (true, "access"),
        Known::Refresh { .. } => (false, "refresh"),
    };
    if is_access != of_access {
        return None;
    }
    let mut body = metadata(accounts, token, known);
    body.as_object_mut()?
        .insert("token_type".to_owned(), token_type.into());
    Some(body)
}

/// Whose token it is, and what it may do.
fn metadata(accounts: &Accounts, token: &str, known: Known) -> Value {
    let settings = accounts.settings();
    let (Known::Access { portal_id, .. } | Known::Refresh { portal_id }) = known;
    let mut body = json!({
        "token": token,
        "client_id": settings.client_id,
        "app_id": APP_ID,
        "hub_id": portal_id,
        "user_id": 1,
        "scopes": settings.scopes,
    });
    if let (Known::Access { expires_in, .. }, Some(keys)) = (known, body.as_object_mut()) {
        keys.insert("expires_in".to_owned(), expires_in.as_secs().into());
    }
    body
}

/// One that is not known is as good as revoked.
fn revoke(accounts: &mut Accounts, form: &HashMap<String, String>) -> Result<Value, NoToken> {
    known_client(accounts, form)?;
    let token = given(form, "token").ok_or(NoToken::Token)?;
    accounts.revoke(token);
    Ok(json!({}))
}

impl NoToken {
    /// The status, and a body in the words that have been seen. `error` is OAuth's own word; the newer paths have a
    /// category, too, but which is not written down.
    fn told(self, correlation_id: &str) -> (u16, Value) {
        let (status, error, message) = match self {
            NoToken::GrantType => (
                "BAD_GRANT_TYPE",
                "unsupported_grant_type",
                "missing or invalid grant type: refresh_token or authorization_code is expected",
            ),
            NoToken::ClientId => (
                "BAD_CLIENT_ID",
                "invalid_client",
                "missing or invalid client id",
            ),
            NoToken::ClientSecret => (
                "BAD_CLIENT_SECRET",
                "invalid_client",
                "missing or invalid client secret",
            ),
            NoToken::RefreshToken => (
                "BAD_REFRESH_TOKEN",
                "invalid_grant",
                "missing or invalid refresh token",
            ),
            NoToken::Code => (
                "BAD_AUTH_CODE",
                "invalid_grant",
                "missing or invalid auth code",
            ),
            NoToken::RedirectUri => (
                "BAD_REDIRECT_URI",
                "invalid_grant",
                "missing or invalid redirect uri",
            ),
            NoToken::Token => ("BAD_TOKEN", "invalid_request", "missing token"),
            NoToken::NotInstalled => (
                "BAD_HUB",
                "access_denied",
                "the app is not installed in this account",
            ),
        };
        let (code, category) = match self {
            NoToken::NotInstalled => (403, "FORBIDDEN"),
            _ => (400, "VALIDATION_ERROR"),
        };
        let body = json!({
            "status": status,
            "category": category,
            "message": message,
            "correlationId": correlation_id,
            "error": error,
            "error_description": message,
        });
        (code, body)
    }
}
