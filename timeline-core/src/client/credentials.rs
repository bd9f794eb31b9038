//! Where access tokens come from. No secret is ever shown.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::oauth::OAuth;
use super::secret::{Flaw, Secret};

type Provider = Arc<
    dyn Fn() -> BoxFuture<'static, Result<String, Box<dyn StdError + Send + Sync>>> + Send + Sync,
>;

/// How a client gets access tokens for an account; see [`Client::for_portal`](super::Client::for_portal).
///
/// An [`OAuth`] turns into it by itself.
#[derive(Clone)]
pub struct Credentials(pub(super) Source);

#[derive(Clone)]
pub(super) enum Source {
    /// The root of clients for many accounts needs none of its own.
    None,
    Fixed(Secret),
    OAuth(OAuth),
    Provider(Provider),
}

impl Credentials {
    /// An access token that you keep fresh yourself. HubSpot's live for 30 minutes.
    #[must_use]
    pub fn access_token(token: impl Into<String>) -> Self {
        Credentials(Source::Fixed(Secret::new(token.into())))
    }

    /// A function that gives an access token; called before every request, and again when HubSpot refuses the token.
    ///
    /// An error, a panic and no answer within the time for an attempt count as a temporary failure of the provider. It is
    /// asked again for as long as the patience lasts. Each failure is told by a WARN (feature `tracing`), which shows the
    /// error's text: keep secrets out of it. The error itself is the `source()` of what the events end with. A token that
    /// cannot be one, with a line break for instance, ends the call at once.
    #[must_use]
    pub fn token_provider<F, Fut, E>(provide: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<String, E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        Credentials(Source::Provider(Arc::new(move || {
            let token = provide();
            Box::pin(async move { token.await.map_err(Into::into) })
        })))
    }

    /// No credentials: for a root client of many accounts.
    pub(super) fn none() -> Self {
        Credentials(Source::None)
    }

    /// The first part of the credentials that cannot be right.
    pub(super) fn flaw(&self) -> Option<(&'static str, Flaw)> {
        match &self.0 {
            Source::Fixed(token) => Some(("the access token", token.flaw()?)),
            Source::OAuth(oauth) => oauth.flaw(),
            Source::None | Source::Provider(_) => None,
        }
    }
}

impl From<OAuth> for Credentials {
    fn from(oauth: OAuth) -> Self {
        Credentials(Source::OAuth(oauth))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source: &dyn fmt::Debug = match &self.0 {
            Source::None => &"none",
            Source::Fixed(_) => &"access token",
            Source::OAuth(oauth) => oauth,
            Source::Provider(_) => &"token provider",
        };
        f.debug_tuple("Credentials").field(source).finish()
    }
}
