//! The exchange of the first authorization code for tokens, when an account installs the app.

use std::fmt;
use std::time::Duration;

use super::credentials_error::{CredentialsError, CredentialsErrorKind, NoToken};
use super::oauth::OAuth;
use super::root::Client;
use super::secret::{Secret, flaw_of};
use super::token_endpoint::{Granted, ask};

/// An authorization code, which HubSpot's redirect brings after an account has installed the app, and what is needed to
/// exchange it; for [`Client::exchange_code`]. `Debug` shows neither the secret nor the code.
#[derive(Clone, Copy)]
pub struct AuthorizationCode<'a> {
    /// The app's client id.
    pub client_id: &'a str,
    /// The app's client secret.
    pub client_secret: &'a str,
    /// The `code` in the redirect's query. It works once, and for a short time.
    pub code: &'a str,
    /// The redirect URI that the installation was begun with, letter for letter.
    pub redirect_uri: &'a str,
}

impl fmt::Debug for AuthorizationCode<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationCode")
            .field("client_id", &self.client_id)
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}

/// What an authorization code was exchanged for. `Debug` shows no token.
pub struct Authorization {
    oauth: OAuth,
    access_token: Secret,
    expires_in: Option<Duration>,
    portal_id: Option<u64>,
    scopes: Vec<String>,
}

impl Authorization {
    /// The refresh token. Store it: from now on the account is reached with it.
    #[must_use]
    pub fn refresh_token(&self) -> &str {
        self.oauth.refresh_token.expose()
    }

    /// The account that has installed the app (`hub_id`), where HubSpot says so.
    #[must_use]
    pub fn portal_id(&self) -> Option<u64> {
        self.portal_id
    }

    /// What the account allows, where HubSpot says so; events need `timeline`.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// The first access token. A client makes its own from the refresh token.
    #[must_use]
    pub fn access_token(&self) -> &str {
        self.access_token.expose()
    }

    /// How long the first access token lives, where HubSpot says so: 30 minutes.
    #[must_use]
    pub fn expires_in(&self) -> Option<Duration> {
        self.expires_in
    }

    /// Credentials for [`Client::for_portal`] or [`ClientBuilder::oauth`](crate::ClientBuilder::oauth).
    #[must_use]
    pub fn oauth(&self) -> OAuth {
        self.oauth.clone()
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("portal_id", &self.portal_id)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Exchanges an authorization code for the account's refresh token: the one call between "an account has installed the
    /// app" and [`for_portal`](Self::for_portal). The client's own credentials are not used, and it needs none.
    ///
    /// It is one request to HubSpot's token endpoint (`grant_type=authorization_code`), within the time for an attempt.
    /// It is never repeated: a code works once.
    ///
    /// ```
    /// use timeline_core::{AuthorizationCode, Client};
    ///
    /// # async fn installed(root: &Client, code: &str) -> Result<Client, Box<dyn std::error::Error>> {
    /// let authorization = root
    ///     .exchange_code(AuthorizationCode {
    ///         client_id: "client-id",
    ///         client_secret: "client-secret",
    ///         code,
    ///         redirect_uri: "https://app.example.com/installed",
    ///     })
    ///     .await?;
    /// let portal_id = authorization.portal_id().ok_or("HubSpot did not say which account it is")?;
    /// // Store `authorization.refresh_token()` under `portal_id` here.
    /// let client = root.for_portal(portal_id, authorization.oauth().on_refresh(|_token| async { /* store it */ }));
    /// # Ok(client)
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`CredentialsError`], whose [`kind`](CredentialsError::kind) tells a wrong client id, a wrong secret and a bad code
    /// apart. If no answer came the code may be used up: the account has to install the app again.
    pub async fn exchange_code(
        &self,
        code: AuthorizationCode<'_>,
    ) -> Result<Authorization, CredentialsError> {
        for (what, text) in [
            ("the client id", code.client_id),
            ("the client secret", code.client_secret),
            ("the authorization code", code.code),
            ("the redirect URI", code.redirect_uri),
        ] {
            if let Some(flaw) = flaw_of(text) {
                return Err(CredentialsError::malformed(what, flaw));
            }
        }
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", code.client_id),
            ("client_secret", code.client_secret),
            ("redirect_uri", code.redirect_uri),
            ("code", code.code),
        ];
        let granted = ask(&self.root.http, &self.root.clock, &form).await;
        let Granted {
            access_token,
            refresh_token,
            expires_in,
            hub_id,
            scopes,
        } = granted.map_err(error_of)?;
        let access_token = access_token.map_err(error_of)?;
        let refresh_token = refresh_token.ok_or_else(|| {
            CredentialsError::new(CredentialsErrorKind::EndpointFailed)
                .in_words("the token endpoint gave no refresh token for the authorization code")
        })?;
        Ok(Authorization {
            oauth: OAuth::new(code.client_id, code.client_secret, refresh_token.expose()),
            access_token,
            expires_in,
            portal_id: hub_id,
            scopes,
        })
    }
}

fn error_of(reason: NoToken) -> CredentialsError {
    match reason {
        NoToken::RefreshRefused(error)
        | NoToken::Unusable(error)
        | NoToken::Failed { error, .. } => error,
        NoToken::NotSecure(cause) => CredentialsError::new(CredentialsErrorKind::EndpointFailed)
            .in_words(&format!(
                "no secure connection to the token endpoint ({cause})"
            ))
            .caused_by(cause),
        // The exchange of a code never fails in these ways.
        NoToken::Refused | NoToken::OtherPortal(_) => {
            CredentialsError::new(CredentialsErrorKind::Refused)
        }
    }
}
