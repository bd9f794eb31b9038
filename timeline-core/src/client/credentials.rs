//! Access tokens: given, refreshed over OAuth, or fetched from the user's own code. None is ever shown.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::Shared;
use serde_json::Value;

use super::http::{Http, Request, Response};
use super::metrics::names;
use super::secret::Secret;
use super::{Clock, Root};
use crate::wire::v3::ErrorBody;

type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A way to keep an access token fresh: the app's id and secret, and the account's refresh token.
///
/// The client refreshes before the token expires and when HubSpot answers 401, once for all requests that wait.
///
/// If the client knows its account (`portal_id`) and HubSpot says that the tokens are for another one, nothing is sent.
///
/// HubSpot may hand out a new refresh token with any refresh; it is given to [`on_refresh`](Self::on_refresh) before
/// it is used, so that you can store it.
#[derive(Clone)]
pub struct OAuth {
    client_id: String,
    client_secret: Secret,
    refresh_token: Secret,
    on_refresh: Option<Arc<dyn Fn(String) -> Later<()> + Send + Sync>>,
}

impl OAuth {
    /// The app's client id and secret, and the refresh token of the account that installed it.
    pub fn new(
        client_id: impl Into<String>,
        client_secret: impl Into<String>,
        refresh_token: impl Into<String>,
    ) -> Self {
        OAuth {
            client_id: client_id.into(),
            client_secret: Secret::new(client_secret.into()),
            refresh_token: Secret::new(refresh_token.into()),
            on_refresh: None,
        }
    }

    /// Called with the refresh token to use from now on, whenever HubSpot hands out another one. The client waits for
    /// it before it goes on.
    #[must_use]
    pub fn on_refresh<F, Fut>(mut self, store: F) -> Self
    where
        F: Fn(String) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.on_refresh = Some(Arc::new(move |token| Box::pin(store(token))));
        self
    }

    pub(super) fn is_usable(&self) -> bool {
        let texts = [
            &*self.client_id,
            self.client_secret.expose(),
            self.refresh_token.expose(),
        ];
        texts.iter().all(|text| !text.trim().is_empty())
    }
}

impl fmt::Debug for OAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuth")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

type Provider =
    Arc<dyn Fn() -> Later<Result<String, Box<dyn StdError + Send + Sync>>> + Send + Sync>;

/// How a client gets access tokens for an account; see [`Client::for_portal`](super::Client::for_portal).
///
/// An [`OAuth`] turns into it by itself.
#[derive(Clone)]
pub struct Credentials(pub(super) Source);

#[derive(Clone)]
pub(super) enum Source {
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
}

impl From<OAuth> for Credentials {
    fn from(oauth: OAuth) -> Self {
        Credentials(Source::OAuth(oauth))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source: &dyn fmt::Debug = match &self.0 {
            Source::Fixed(_) => &"access token",
            Source::OAuth(oauth) => oauth,
            Source::Provider(_) => &"token provider",
        };
        f.debug_tuple("Credentials").field(source).finish()
    }
}

/// The access token in use, shared by all requests to an account.
pub(crate) struct Tokens {
    source: Source,
    /// The account that the tokens must be for, where that is known.
    portal_id: Option<u64>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Access>,
    /// The refresh under way, for all who wait and for the next one who comes.
    refreshing: Option<Refreshing>,
}

type Refreshing = Shared<Pin<Box<dyn Future<Output = Result<Access, NoToken>> + Send>>>;

#[derive(Clone)]
struct Access {
    token: Secret,
    /// In the clock's elapsed time; `None` for a token whose end is not known.
    fresh_until: Option<Duration>,
    /// The refresh token to use next.
    refresh_token: Secret,
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NoToken {
    /// The given token was refused, and there is no other.
    Refused,
    /// The token endpoint refused the refresh token or the client's secret.
    RefreshRefused,
    /// The refresh token belongs to this other account.
    OtherPortal(u64),
    /// The token endpoint or the provider failed; another try may do.
    Failed { retry_after: Option<Duration> },
}

impl NoToken {
    pub(super) fn name(&self) -> &'static str {
        match self {
            NoToken::Refused => "access token refused",
            NoToken::RefreshRefused => "refresh token refused",
            NoToken::OtherPortal(_) => "token of another account",
            NoToken::Failed { .. } => "no access token",
        }
    }
}

/// Refresh this long before the end, so that no token runs out on the way.
const MARGIN: Duration = Duration::from_secs(60);

/// What storing a refresh token may take beyond the time for an attempt.
const GRACE: Duration = Duration::from_millis(500);

/// Where access tokens are made from refresh tokens.
const TOKEN_PATH: &str = "/oauth/2026-03/token";

impl Tokens {
    pub(super) fn new(credentials: Credentials, portal_id: Option<u64>) -> Self {
        Tokens {
            source: credentials.0,
            portal_id,
            state: Mutex::default(),
        }
    }

    /// Whether these are the credentials in use: those that were given first, or with the refresh token that HubSpot
    /// has handed out since. Nobody can say that of two functions.
    pub(super) fn are_from(&self, credentials: &Credentials) -> bool {
        match (&self.source, &credentials.0) {
            (Source::Fixed(one), Source::Fixed(other)) => one == other,
            (Source::OAuth(one), Source::OAuth(other)) => {
                one.client_id == other.client_id
                    && one.client_secret == other.client_secret
                    && (one.refresh_token == other.refresh_token
                        || self
                            .state()
                            .current
                            .as_ref()
                            .is_some_and(|access| access.refresh_token == other.refresh_token))
            }
            _ => false,
        }
    }

    /// Whether there is nothing that it would be a loss to forget.
    pub(super) fn is_idle(&self, now: Duration) -> bool {
        let state = self.state();
        let is_under_way = |refresh: &Refreshing| refresh.clone().now_or_never().is_none();
        !state.refreshing.as_ref().is_some_and(is_under_way)
            && state
                .current
                .as_ref()
                .is_none_or(|access| access.fresh_until.is_some_and(|end| end <= now))
    }

    /// A token to use now; not `refused`, which HubSpot has just answered with 401.
    pub(crate) async fn token(
        &self,
        refused: Option<&Secret>,
        root: &Root,
    ) -> Result<Secret, NoToken> {
        match &self.source {
            // One that no header can carry is as good as refused.
            Source::Fixed(token) if refused.is_some() || !token.is_usable() => {
                Err(NoToken::Refused)
            }
            Source::Fixed(token) => Ok(token.clone()),
            Source::Provider(provide) => {
                let provided = tokio::time::timeout(root.http.timeout(), provide()).await;
                let failed = NoToken::Failed { retry_after: None };
                let token = provided
                    .map_err(|_| failed.clone())?
                    .map_err(|_| failed.clone())?;
                let token = Secret::new(token);
                if refused == Some(&token) {
                    return Err(NoToken::Refused);
                }
                if token.is_usable() {
                    Ok(token)
                } else {
                    Err(failed)
                }
            }
            Source::OAuth(oauth) => self.fresh(oauth, refused, root).await,
        }
    }

    async fn fresh(
        &self,
        oauth: &OAuth,
        refused: Option<&Secret>,
        root: &Root,
    ) -> Result<Secret, NoToken> {
        let Root { http, clock, .. } = root;
        let refreshing = {
            let mut state = self.state();
            // One that ended with nobody there: what it brought is used, and why it failed is no news any more.
            let ended = state.refreshing.clone().and_then(FutureExt::now_or_never);
            if let Some(ended) = ended {
                state.refreshing = None;
                if let Ok(access) = ended {
                    root.metrics.add(names::TOKEN_REFRESHES, 1);
                    state.current = Some(access);
                }
            }
            if let Some(access) = &state.current {
                let fresh = access.fresh_until.is_none_or(|end| clock.elapsed() < end);
                if fresh && refused != Some(&access.token) {
                    return Ok(access.token.clone());
                }
            }
            let last = state
                .current
                .as_ref()
                .map(|access| access.refresh_token.clone());
            let portal_id = self.portal_id;
            let begin = || -> Refreshing {
                let used = last.unwrap_or_else(|| oauth.refresh_token.clone());
                let (http, clock) = (http.clone(), Arc::clone(clock));
                let refresh = refresh(oauth.clone(), used, portal_id, http, clock);
                // A task, so that a new refresh token is not lost if whoever waits gives up. It fails if its runtime ends.
                let refresh = tokio::spawn(refresh)
                    .map(|ended| ended.unwrap_or(Err(NoToken::Failed { retry_after: None })));
                FutureExt::shared(Box::pin(refresh))
            };
            state.refreshing.get_or_insert_with(begin).clone()
        };
        // Who waits loses patience, say with a callback that stores the refresh token; the refresh itself goes on when
        // the next one waits for it.
        let limit = http.timeout().saturating_add(GRACE);
        let Ok(access) = tokio::time::timeout(limit, refreshing.clone()).await else {
            return Err(NoToken::Failed { retry_after: None });
        };
        let mut state = self.state();
        // The first to see the end of it ends it for all.
        if state
            .refreshing
            .as_ref()
            .is_some_and(|other| other.ptr_eq(&refreshing))
        {
            state.refreshing = None;
            if let Ok(access) = &access {
                root.metrics.add(names::TOKEN_REFRESHES, 1);
                state.current = Some(access.clone());
            }
        }
        access.map(|access| access.token)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in between could leave it half written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn refresh(
    oauth: OAuth,
    used: Secret,
    portal_id: Option<u64>,
    http: Http,
    clock: Arc<dyn Clock>,
) -> Result<Access, NoToken> {
    let body = form(&[
        ("grant_type", "refresh_token"),
        ("client_id", &oauth.client_id),
        ("client_secret", oauth.client_secret.expose()),
        ("refresh_token", used.expose()),
    ]);
    let request = Request::post(TOKEN_PATH, "application/x-www-form-urlencoded", body);
    let started = clock.elapsed();
    let Ok(response) = http.call(request, None, &clock).await else {
        return Err(NoToken::Failed { retry_after: None });
    };
    let granted = granted(&response)?;
    if let (Some(expected), Some(found)) = (portal_id, granted.hub_id)
        && expected != found
    {
        return Err(NoToken::OtherPortal(found));
    }
    if let (Some(new), Some(store)) = (&granted.refresh_token, &oauth.on_refresh)
        && *new != used
    {
        let stored = async { store(new.expose().to_owned()).await };
        // If it panics, the token was handed over all the same, and it is the only one that HubSpot takes from now on.
        drop(AssertUnwindSafe(stored).catch_unwind().await);
    }
    let lifetime = granted
        .expires_in
        .map(|end| end.saturating_sub(MARGIN).max(end / 2));
    Ok(Access {
        token: granted.access_token,
        fresh_until: lifetime.map(|lifetime| started.saturating_add(lifetime)),
        refresh_token: granted.refresh_token.unwrap_or(used),
    })
}

struct Granted {
    access_token: Secret,
    refresh_token: Option<Secret>,
    expires_in: Option<Duration>,
    /// The account that installed the app.
    hub_id: Option<u64>,
}

/// What the token endpoint's answer means.
fn granted(response: &Response) -> Result<Granted, NoToken> {
    let failed = NoToken::Failed {
        retry_after: response.retry_after,
    };
    match response.status {
        200..=299 => {
            let body: Value = serde_json::from_slice(&response.body).map_err(|_| failed.clone())?;
            let secret = |key| body.get(key).and_then(Value::as_str).map(Secret::new);
            let access_token = secret("access_token")
                .filter(Secret::is_usable)
                .ok_or(failed)?;
            Ok(Granted {
                access_token,
                refresh_token: secret("refresh_token")
                    .filter(|token| !token.expose().trim().is_empty()),
                expires_in: body
                    .get("expires_in")
                    .and_then(Value::as_u64)
                    .map(Duration::from_secs),
                hub_id: body.get("hub_id").and_then(Value::as_u64),
            })
        }
        // HubSpot's own 4xx is a refusal; a proxy's is a bad day.
        400 | 401 | 403 | 404 if ErrorBody::parse(&response.body).is_some() => {
            Err(NoToken::RefreshRefused)
        }
        _ => Err(failed),
    }
}

/// `application/x-www-form-urlencoded`, by the URL library's own encoder.
fn form(pairs: &[(&str, &str)]) -> Vec<u8> {
    // Any URL will do: only its query is used.
    let Ok(mut url) = reqwest::Url::parse("http://localhost") else {
        return Vec::new();
    };
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().as_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::{OAuth, Secret, form};

    #[test]
    fn no_secret_is_shown() {
        let oauth = OAuth::new("app", "canary-secret", "canary-refresh");
        let shown = format!("{oauth:?} {:?}", Secret::new("canary-token"));
        assert!(!shown.contains("canary"), "{shown}");
        assert!(shown.contains("app"));
    }

    #[test]
    fn forms_are_encoded() {
        assert_eq!(
            form(&[("a", "x&y=z é"), ("b", "")]),
            b"a=x%26y%3Dz+%C3%A9&b="
        );
    }
}
