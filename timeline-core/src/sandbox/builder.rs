//! A sandbox that is not the default one.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::oneshot;

use super::accounts::Accounts;
use super::credentials::OauthSettings;
use super::handle::Sandbox;
use super::limiter::Limits;
use super::queue::Faults;
use super::server;
use super::settings::Rules;
use super::shared::Shared;
use super::state::State;
use super::store::Events;
use super::templates::Templates;
use crate::client::{Clock, SystemClock};

impl Sandbox {
    /// Starts a sandbox on a free port, with the default [`Rules`] and without templates.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if there is no socket or thread to be had.
    pub async fn start() -> io::Result<Sandbox> {
        Self::builder().start().await
    }

    /// A sandbox with other settings.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::new()
    }
}

/// Settings of a [`Sandbox`] before it starts.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use timeline_core::sandbox::{Sandbox, TestClock};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let clock = TestClock::new();
/// let sandbox = Sandbox::builder()
///     .clock(Arc::new(clock.clone()))
///     .rate_limit(110, Duration::from_secs(10))
///     .start()
///     .await?;
/// # drop(sandbox);
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a sandbox runs only once it is started"]
pub struct SandboxBuilder {
    port: u16,
    clock: Option<Arc<dyn Clock>>,
    rules: Rules,
    rate_limit: Option<(usize, Duration)>,
    oauth: OauthSettings,
}

impl SandboxBuilder {
    fn new() -> Self {
        SandboxBuilder {
            port: 0,
            clock: None,
            rules: Rules::default(),
            rate_limit: None,
            oauth: OauthSettings::default(),
        }
    }

    /// The port on 127.0.0.1; 0, the default, takes a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The clock for timestamps, rate limits, the ends of tokens and delays; the system's by default.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// What to assume where HubSpot's documentation is silent.
    pub fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Refuses, with 429, whatever comes after so many requests in any window of this length, and tells of the limit
    /// in the headers of every answer. HubSpot's own is 110 in 10 seconds. Each account has its own window; a request
    /// with a token that is not known counts as the first account's. Refused requests do not count, nor does the token
    /// endpoint. By default there is no limit and no such header.
    pub fn rate_limit(mut self, requests: usize, interval: Duration) -> Self {
        self.rate_limit = Some((requests, interval));
        self
    }

    /// The access token that opens everything; [`ACCESS_TOKEN`](super::ACCESS_TOKEN) by default. It does not run out
    /// by itself.
    pub fn access_token(mut self, token: impl Into<String>) -> Self {
        self.oauth.access_token = token.into();
        self
    }

    /// Takes any access token that is not empty, and any developer key for templates. Tokens that have ended are
    /// still refused.
    pub fn any_token(mut self) -> Self {
        self.oauth.any_token = true;
        self
    }

    /// What the token endpoint asks for; [`CLIENT_ID`](super::CLIENT_ID), [`CLIENT_SECRET`](super::CLIENT_SECRET) and
    /// [`REFRESH_TOKEN`](super::REFRESH_TOKEN) by default.
    pub fn oauth(
        mut self,
        client_id: impl Into<String>,
        client_secret: impl Into<String>,
        refresh_token: impl Into<String>,
    ) -> Self {
        self.oauth.client_id = client_id.into();
        self.oauth.client_secret = client_secret.into();
        self.oauth.refresh_token = refresh_token.into();
        self
    }

    /// How long an access token from the token endpoint lasts; 30 minutes by default, as at HubSpot.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.oauth.expires_in = lifetime;
        self
    }

    /// Gives out a new refresh token each time and takes the old one no longer. By default it stays the same.
    pub fn rotate_refresh_token(mut self) -> Self {
        self.oauth.rotate = true;
        self
    }

    /// The developer API key for the paths of templates; [`DEVELOPER_KEY`](super::DEVELOPER_KEY) by default.
    pub fn developer_key(mut self, key: impl Into<String>) -> Self {
        self.oauth.developer_key = key.into();
        self
    }

    /// The scopes that every token has; `oauth`, `timeline`, `developers-read` and `developers-write` by default.
    /// Creating and reading events takes `timeline`, templates over OAuth the other two; without it the answer is a 403
    /// `MISSING_SCOPES` that names the scope.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.oauth.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// The account's id, which the token endpoint tells; 62515 by default. More accounts come with
    /// [`Sandbox::add_portal`].
    pub fn portal_id(mut self, portal_id: u64) -> Self {
        self.oauth.portal_id = portal_id;
        self
    }

    /// Starts the sandbox. It listens when this returns.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the port is taken, or there is no socket or thread to be had.
    // Nothing is awaited today; the signature leaves room for it.
    pub async fn start(self) -> io::Result<Sandbox> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port))?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let state = State {
            rules: self.rules,
            events: Events::default(),
            templates: Templates::default(),
            accounts: Accounts::new(self.oauth),
            faults: Faults::default(),
            limits: self
                .rate_limit
                .map(|(most, interval)| Limits::new(most, interval)),
            seen: Vec::new(),
            correlations: 0,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            clock: self.clock.unwrap_or_else(|| Arc::new(SystemClock::new())),
        });
        let (stop, stopped) = oneshot::channel();
        let thread = server::spawn(listener, Arc::clone(&shared), stopped)?;
        Ok(Sandbox {
            base_url,
            shared,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}
