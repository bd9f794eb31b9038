//! The token endpoint, which issues tokens, describes them and revokes them.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::accounts::{Accounts, GrantedTokens, NoGrant, TokenOwner};
use super::path::TokenCall;

/// The app's id in the answers of introspection.
const APP_ID: u64 = 7;

/// Why the endpoint refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TokenRefusal {
    GrantType,
    ClientId,
    ClientSecret,
    RefreshToken,
    Code,
    RedirectUri,
    Token,
    NotInstalled,
}

/// The status and body of the answer to a request to the endpoint.
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
        Err(reason) => reason.answer(correlation_id),
    }
}

fn given<'f>(form: &'f HashMap<String, String>, key: &str) -> Option<&'f str> {
    let text = form.get(key).map(String::as_str);
    text.filter(|text| !text.is_empty())
}

/// Checks the client before anything else, so that a wrong secret is never reported as a bad refresh token.
fn known_client(accounts: &Accounts, form: &HashMap<String, String>) -> Result<(), TokenRefusal> {
    let settings = accounts.settings();
    if given(form, "client_id") != Some(&settings.client_id) {
        return Err(TokenRefusal::ClientId);
    }
    if given(form, "client_secret") != Some(&settings.client_secret) {
        return Err(TokenRefusal::ClientSecret);
    }
    Ok(())
}

fn grant(
    accounts: &mut Accounts,
    form: &HashMap<String, String>,
    now: Duration,
) -> Result<Value, TokenRefusal> {
    let by_code = match given(form, "grant_type") {
        Some("refresh_token") => false,
        Some("authorization_code") => true,
        _ => return Err(TokenRefusal::GrantType),
    };
    known_client(accounts, form)?;
    let granted = if by_code {
        given(form, "redirect_uri").ok_or(TokenRefusal::RedirectUri)?;
        let code = given(form, "code").ok_or(TokenRefusal::Code)?;
        accounts.exchange(code, now).ok_or(TokenRefusal::Code)?
    } else {
        let token = given(form, "refresh_token").ok_or(TokenRefusal::RefreshToken)?;
        accounts
            .refresh(token, now)
            .map_err(|reason| match reason {
                NoGrant::Unknown => TokenRefusal::RefreshToken,
                NoGrant::Uninstalled => TokenRefusal::NotInstalled,
            })?
    };
    let GrantedTokens {
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
) -> Result<Value, TokenRefusal> {
    known_client(accounts, form)?;
    let token = given(form, "token").ok_or(TokenRefusal::Token)?;
    // Observed at HubSpot: an unknown token is no error here.
    let Some(known) = accounts.known(token, now) else {
        return Ok(json!({ "active": false }));
    };
    let mut body = metadata(accounts, token, known);
    if let Some(keys) = body.as_object_mut() {
        keys.insert("active".to_owned(), true.into());
        keys.insert("token_type".to_owned(), "Bearer".into());
        keys.insert("token_use".to_owned(), known.token_use().into());
        if let TokenOwner::Access { .. } = known {
            keys.insert("is_private_distribution".to_owned(), false.into());
        }
    }
    Ok(body)
}

/// The answer of version 1 about an access token, or about a refresh token.
pub(super) fn token_info(
    accounts: &Accounts,
    token: &str,
    of_access: bool,
    now: Duration,
) -> Option<Value> {
    let known = accounts.known(token, now)?;
    let (is_access, token_type) = match known {
        TokenOwner::Access { .. } => (true, "access"),
        TokenOwner::Refresh { .. } => (false, "refresh"),
    };
    if is_access != of_access {
        return None;
    }
    let mut body = metadata(accounts, token, known);
    body.as_object_mut()?
        .insert("token_type".to_owned(), token_type.into());
    Some(body)
}

/// The account, the user and the scopes of a token.
fn metadata(accounts: &Accounts, token: &str, known: TokenOwner) -> Value {
    let settings = accounts.settings();
    let (TokenOwner::Access { portal_id, .. } | TokenOwner::Refresh { portal_id }) = known;
    let mut body = json!({
        "token": token,
        "client_id": settings.client_id,
        "app_id": APP_ID,
        "hub_id": portal_id,
        "user_id": 1,
        "scopes": settings.scopes,
    });
    if let (TokenOwner::Access { expires_in, .. }, Some(keys)) = (known, body.as_object_mut()) {
        keys.insert("expires_in".to_owned(), expires_in.as_secs().into());
    }
    body
}

/// Revokes a token. An unknown token gives the same answer.
fn revoke(accounts: &mut Accounts, form: &HashMap<String, String>) -> Result<Value, TokenRefusal> {
    known_client(accounts, form)?;
    let token = given(form, "token").ok_or(TokenRefusal::Token)?;
    accounts.revoke(token);
    Ok(json!({}))
}

impl TokenRefusal {
    /// The status, and a body in words that were observed at HubSpot. `error` is OAuth's own word. The category is an
    /// assumption: the newer paths have one, and HubSpot does not document which.
    fn answer(self, correlation_id: &str) -> (u16, Value) {
        let (status, error, message) = match self {
            TokenRefusal::GrantType => (
                "BAD_GRANT_TYPE",
                "unsupported_grant_type",
                "missing or invalid grant type: refresh_token or authorization_code is expected",
            ),
            TokenRefusal::ClientId => (
                "BAD_CLIENT_ID",
                "invalid_client",
                "missing or invalid client id",
            ),
            TokenRefusal::ClientSecret => (
                "BAD_CLIENT_SECRET",
                "invalid_client",
                "missing or invalid client secret",
            ),
            TokenRefusal::RefreshToken => (
                "BAD_REFRESH_TOKEN",
                "invalid_grant",
                "missing or invalid refresh token",
            ),
            TokenRefusal::Code => (
                "BAD_AUTH_CODE",
                "invalid_grant",
                "missing or invalid auth code",
            ),
            TokenRefusal::RedirectUri => (
                "BAD_REDIRECT_URI",
                "invalid_grant",
                "missing or invalid redirect uri",
            ),
            TokenRefusal::Token => ("BAD_TOKEN", "invalid_request", "missing token"),
            TokenRefusal::NotInstalled => (
                "BAD_HUB",
                "access_denied",
                "the app is not installed in this account",
            ),
        };
        let (code, category) = match self {
            TokenRefusal::NotInstalled => (403, "FORBIDDEN"),
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
