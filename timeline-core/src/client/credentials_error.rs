//! Why there is no access token.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::secret::Flaw;
use crate::error::{Cause, printable};

/// Why there is no token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NoToken {
    /// The given token was refused, and there is no other.
    Refused,
    /// The token endpoint refused to give one.
    RefreshRefused(CredentialsError),
    /// What was given cannot be used, and waiting does not mend it.
    Unusable(CredentialsError),
    /// No secure connection to the token endpoint, and waiting does not mend it.
    NotSecure(Cause),
    /// The refresh token belongs to this other account.
    OtherPortal(u64),
    /// The token endpoint or the provider failed; another try may do.
    Failed {
        error: CredentialsError,
        retry_after: Option<Duration>,
    },
}

impl NoToken {
    pub(super) fn name(&self) -> &'static str {
        match self {
            NoToken::Refused => "access_token_refused",
            NoToken::RefreshRefused(_) => "refresh_token_refused",
            NoToken::Unusable(_) => "unusable_credentials",
            NoToken::NotSecure(_) => "not_secure",
            NoToken::OtherPortal(_) => "other_account",
            NoToken::Failed { .. } => "no_access_token",
        }
    }

    /// Another try may do.
    pub(crate) fn failed(error: CredentialsError) -> Self {
        NoToken::Failed {
            error,
            retry_after: None,
        }
    }

    /// The error with its details, for the reasons that have one.
    pub(crate) fn error(&self) -> Option<&CredentialsError> {
        match self {
            NoToken::RefreshRefused(error)
            | NoToken::Unusable(error)
            | NoToken::Failed { error, .. } => Some(error),
            NoToken::Refused | NoToken::NotSecure(_) | NoToken::OtherPortal(_) => None,
        }
    }
}

/// Why no access token could be had: by what the token endpoint answered, by what a token provider gave, or by what the
/// credentials hold.
///
/// `Display` and `Debug` show the kind, the status, HubSpot's category and the correlation id. They never show a
/// secret, nor [`message`](Self::message), nor the error beneath: a provider's own error, or the network's, is the
/// [`source`](std::error::Error::source).
///
/// An app for many accounts asks for the kind, since only two of them say something about the account:
///
/// ```
/// use timeline_core::{CredentialsErrorKind, NotSentReason};
///
/// fn is_revoked(reason: &NotSentReason) -> bool {
///     match reason {
///         NotSentReason::RefreshRefused(error) => matches!(
///             error.kind(),
///             CredentialsErrorKind::BadRefreshToken | CredentialsErrorKind::AppUninstalled
///         ),
///         _ => false, // a wrong client secret is the app's own fault, and no account's
///     }
/// }
/// # let _ = is_revoked;
/// ```
#[derive(Clone)]
pub struct CredentialsError(Arc<Inner>);

#[derive(Clone, Default)]
struct Inner {
    kind: CredentialsErrorKind,
    /// What exactly is wrong with the credentials, in words without a value.
    words: Option<String>,
    status: Option<u16>,
    category: Option<String>,
    message: Option<String>,
    correlation_id: Option<String>,
    source: Option<Cause>,
}

/// The kind of a [`CredentialsError`]: why there is no access token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CredentialsErrorKind {
    /// The token endpoint does not know the client id: it is the app's, so it is wrong for every account.
    WrongClientId,
    /// The client secret is not the app's: it is wrong for every account.
    WrongClientSecret,
    /// The refresh token is unknown or revoked, or was made for another app. HubSpot answers so, too, after an app was
    /// uninstalled: the account has to install it again.
    BadRefreshToken,
    /// The account has no right to the app any more (403 with HubSpot's marks): it was uninstalled.
    AppUninstalled,
    /// The authorization code is unknown, used up, too old, or was made for another app or redirect URI; only from
    /// [`Client::exchange_code`](crate::Client::exchange_code).
    BadAuthorizationCode,
    /// The token endpoint refused for another reason; status, category and message say which.
    Refused,
    /// A secret that was given holds what none holds: a line break, a blank, a quotation mark or a character that is
    /// not seen; or it is empty. The text says which secret and what it holds.
    Malformed,
    /// The client has no credentials: it is the root of clients for many accounts.
    Missing,
    /// The token provider gave an error, panicked, or did not answer within the time for an attempt. It was asked again
    /// for as long as the patience lasted.
    ProviderFailed,
    /// The function that looks up an account's credentials ([`Client::senders`](crate::Client::senders),
    /// [`Relay::credentials`](crate::Relay::credentials)) gave an error, panicked, or did not answer within the time for an
    /// attempt. It was asked again for as long as the patience lasted. Or the function of
    /// [`Relay::for_portals`](crate::Relay::for_portals) panicked.
    LookupFailed,
    /// The token endpoint could not be reached, or gave no answer that tells. It was asked again for as long as the
    /// patience lasted.
    #[default]
    EndpointFailed,
}

impl CredentialsError {
    pub(crate) fn new(kind: CredentialsErrorKind) -> Self {
        CredentialsError(Arc::new(Inner {
            kind,
            ..Inner::default()
        }))
    }

    /// The error for a text that cannot be a secret, as was found before it was sent.
    pub(super) fn malformed(what: &str, flaw: Flaw) -> Self {
        Self::new(CredentialsErrorKind::Malformed).with(|inner| {
            inner.words = Some(format!("{what} {flaw}"));
        })
    }

    #[cfg(feature = "blocking")]
    pub(crate) fn inside_callback() -> Self {
        Self::new(CredentialsErrorKind::EndpointFailed).in_words(super::callback::INSIDE_CALLBACK)
    }

    pub(super) fn caused_by(self, cause: Cause) -> Self {
        self.with(|inner| inner.source = Some(cause))
    }

    pub(crate) fn in_words(self, words: &str) -> Self {
        self.with(|inner| inner.words = Some(words.to_owned()))
    }

    pub(super) fn answered(
        self,
        status: u16,
        category: Option<&str>,
        message: Option<String>,
        correlation_id: Option<&str>,
    ) -> Self {
        self.with(|inner| {
            inner.status = Some(status);
            inner.category = category.map(printable);
            inner.message = message;
            inner.correlation_id = correlation_id.map(printable);
        })
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> CredentialsErrorKind {
        self.0.kind
    }

    /// The status that the token endpoint answered with, if it answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// HubSpot's word for it, such as `BAD_REFRESH_TOKEN`. The token endpoint has it in `status`, other places in
    /// `category`.
    #[must_use]
    pub fn category(&self) -> Option<&str> {
        self.0.category.as_deref()
    }

    /// HubSpot's own words. They may quote what was sent: mind where you show them.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// The id of the answer, which HubSpot's support asks for.
    #[must_use]
    pub fn correlation_id(&self) -> Option<&str> {
        self.0.correlation_id.as_deref()
    }

    /// The provider's or the network's error.
    pub(crate) fn cause(&self) -> Option<&Cause> {
        self.0.source.as_ref()
    }
}

impl PartialEq for CredentialsError {
    fn eq(&self, other: &Self) -> bool {
        let key = |error: &Self| {
            let inner = &error.0;
            (
                inner.kind,
                inner.words.clone(),
                inner.status,
                inner.category.clone(),
                inner.message.clone(),
                inner.correlation_id.clone(),
                inner.source.clone(),
            )
        };
        key(self) == key(other)
    }
}

impl Eq for CredentialsError {}

impl fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use CredentialsErrorKind as Kind;
        let inner = &self.0;
        f.write_str(match (inner.kind, &inner.words) {
            (_, Some(words)) => words,
            (Kind::WrongClientId, _) => "the token endpoint does not know the client id",
            (Kind::WrongClientSecret, _) => "the token endpoint refused the client secret",
            (Kind::BadRefreshToken, _) => {
                "the token endpoint refused the refresh token: it is wrong or revoked, or the app was uninstalled; the \
                 account has to install the app again"
            }
            (Kind::AppUninstalled, _) => {
                "the app may not act for the account any more: it was uninstalled; the account has to install it again"
            }
            (Kind::BadAuthorizationCode, _) => {
                "the token endpoint refused the authorization code: it is used up or too old, or was made for another \
                 app or redirect URI"
            }
            (Kind::Refused, _) if inner.status == Some(404) => {
                "this server has no token endpoint: is `base_url` HubSpot's, without a path?"
            }
            (Kind::Refused, _) => "the token endpoint refused to give an access token",
            (Kind::Malformed, _) => "the credentials hold what no secret holds",
            (Kind::Missing, _) => {
                "the client has no credentials: call `.oauth(…)`, `.access_token(…)` or `.token_provider(…)` on its \
                 builder, or `.for_portal(…)` for a client of an account"
            }
            (Kind::ProviderFailed, _) => "the token provider failed",
            (Kind::LookupFailed, _) => "the account's credentials could not be looked up",
            (Kind::EndpointFailed, _) => "no access token could be had from the token endpoint",
        })?;
        let mut details = Vec::new();
        if let Some(status) = inner.status {
            details.push(format!("status {status}"));
        }
        details.extend(inner.category.clone());
        if let Some(id) = &inner.correlation_id {
            details.push(format!("correlation id {id}"));
        }
        if details.is_empty() {
            return Ok(());
        }
        write!(f, " ({})", details.join(", "))
    }
}

impl fmt::Debug for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CredentialsError({:?}: {self})", self.kind())
    }
}

impl StdError for CredentialsError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let cause = self.0.source.as_ref()?;
        Some(cause.error())
    }
}
