//! Credentials: bearer tokens, developer keys, and the endpoint that gives tokens out.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::refusal::Refusal;

/// The access token that every sandbox takes unless it is given another one.
pub const ACCESS_TOKEN: &str = "sandbox-access-token";
/// The client id that a sandbox's token endpoint takes unless it is given another one.
pub const CLIENT_ID: &str = "sandbox-client-id";
/// The client secret that goes with [`CLIENT_ID`].
pub const CLIENT_SECRET: &str = "sandbox-client-secret";
/// The refresh token that a sandbox's token endpoint takes unless it is given another one.
pub const REFRESH_TOKEN: &str = "sandbox-refresh-token";
/// The developer API key that opens the paths of templates, and no others, unless it is given another one.
pub const DEVELOPER_KEY: &str = "sandbox-developer-key";

#[derive(Clone, Debug)]
pub(super) struct OauthSettings {
    pub(super) access_token: String,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) refresh_token: String,
    pub(super) developer_key: String,
    pub(super) any_token: bool,
    pub(super) expires_in: Duration,
    pub(super) rotate: bool,
    pub(super) portal_id: u64,
}

impl Default for OauthSettings {
    fn default() -> Self {
        OauthSettings {
            access_token: ACCESS_TOKEN.to_owned(),
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
            refresh_token: REFRESH_TOKEN.to_owned(),
            developer_key: DEVELOPER_KEY.to_owned(),
            any_token: false,
            expires_in: Duration::from_secs(1800),
            rotate: false,
            portal_id: 62515,
        }
    }
}

#[derive(Debug)]
pub(super) struct Oauth {
    settings: OauthSettings,
    refresh_token: String,
    /// Access tokens given out, and when each ends on the sandbox's clock.
    issued: HashMap<String, Duration>,
    own_expired: bool,
    count: u64,
}

impl Oauth {
    pub(super) fn portal_id(&self) -> u64 {
        self.settings.portal_id
    }

    pub(super) fn new(settings: OauthSettings) -> Self {
        Oauth {
            refresh_token: settings.refresh_token.clone(),
            settings,
            issued: HashMap::new(),
            own_expired: false,
            count: 0,
        }
    }

    pub(super) fn access_token(&self) -> &str {
        &self.settings.access_token
    }

    pub(super) fn refresh_token(&self) -> &str {
        &self.refresh_token
    }

    pub(super) fn issued(&self) -> u64 {
        self.count
    }

    /// Ends every access token there is.
    pub(super) fn expire(&mut self) {
        self.own_expired = true;
        for end in self.issued.values_mut() {
            *end = Duration::ZERO;
        }
    }

    /// Whether this `Authorization` header opens a path.
    pub(super) fn bearer(&self, header: Option<&str>, now: Duration) -> Result<(), Refusal> {
        let invalid = |message: &str| {
            Err(Refusal::new(
                401,
                "INVALID_AUTHENTICATION",
                "INVALID_AUTHENTICATION",
                message,
            ))
        };
        let token = header.and_then(|header| {
            let (scheme, token) = header.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        let Some(token) = token.filter(|token| !token.is_empty()) else {
            return invalid("Authentication credentials not found: a Bearer token is needed");
        };
        let expired = if token == self.settings.access_token {
            self.own_expired
        } else if let Some(end) = self.issued.get(token) {
            now >= *end
        } else if self.settings.any_token {
            false
        } else {
            return invalid("Authentication credentials not found: the token is unknown");
        };
        if expired {
            let message = "The OAuth token used to make this call has expired";
            return Err(Refusal::new(
                401,
                "EXPIRED_AUTHENTICATION",
                "EXPIRED_AUTHENTICATION",
                message,
            ));
        }
        Ok(())
    }

    /// Templates open to a developer key, too.
    pub(super) fn key_or_bearer(
        &self,
        key: Option<&str>,
        header: Option<&str>,
        now: Duration,
    ) -> Result<(), Refusal> {
        match key {
            Some(key) if key == self.settings.developer_key => Ok(()),
            Some(key) if !key.is_empty() && self.settings.any_token => Ok(()),
            Some(_) if header.is_none() => Err(Refusal::new(
                401,
                "INVALID_AUTHENTICATION",
                "INVALID_AUTHENTICATION",
                "The API key provided is invalid",
            )),
            _ => self.bearer(header, now),
        }
    }

    /// A request for a token; the status and body of the answer.
    pub(super) fn token(
        &mut self,
        form: &HashMap<String, String>,
        now: Duration,
        correlation_id: &str,
    ) -> (u16, Value) {
        let has = |key: &str, value: &str| form.get(key).is_some_and(|given| given == value);
        let refused = |status: &str, error: &str, message: &str| {
            let body = json!({
                "status": status,
                "message": message,
                "error": error,
                "error_description": message,
                "correlationId": correlation_id,
            });
            (400, body)
        };
        if !has("grant_type", "refresh_token") {
            let message = "the sandbox knows grant_type refresh_token alone";
            return refused("BAD_GRANT_TYPE", "unsupported_grant_type", message);
        }
        if !has("client_id", &self.settings.client_id) {
            return refused(
                "BAD_CLIENT_ID",
                "invalid_client",
                "missing or unknown client id",
            );
        }
        if !has("client_secret", &self.settings.client_secret) {
            return refused(
                "BAD_CLIENT_SECRET",
                "invalid_client",
                "missing or wrong client secret",
            );
        }
        if !has("refresh_token", &self.refresh_token) {
            let message = "missing or unknown refresh token";
            return refused("BAD_REFRESH_TOKEN", "invalid_grant", message);
        }
        self.count += 1;
        let count = self.count;
        if self.settings.rotate {
            self.refresh_token = format!("{}-{count}", self.settings.refresh_token);
        }
        let access_token = format!("{}-{count}", self.settings.access_token);
        let expires_in = self.settings.expires_in;
        self.issued
            .insert(access_token.clone(), now.saturating_add(expires_in));
        let body = json!({
            "token_type": "bearer",
            "access_token": access_token,
            "refresh_token": self.refresh_token,
            "expires_in": expires_in.as_secs(),
            "hub_id": self.settings.portal_id,
            "scopes": ["oauth", "timeline", "developers-read", "developers-write"],
        });
        (200, body)
    }
}
