//! Starting a sandbox, and its settings before that.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::oneshot;

use super::accounts::Accounts;
use super::app_types::AppEvents;
use super::console::log::Log;
use super::credentials::OauthSettings;
use super::fault_queue::Faults;
use super::handle::Sandbox;
use super::limiter::Limits;
use super::rules::Rules;
use super::server;
use super::shared::Shared;
use super::state::SandboxState;
use super::store::Events;
use super::templates::HeldTemplates;
use crate::client::{Clock, SystemClock};
use crate::wire::Api;

impl Sandbox {
    /// Starts a sandbox on a free port, with the default [`Rules`] and without templates.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the system gives no socket or thread.
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
    api: Api,
}

impl SandboxBuilder {
    fn new() -> Self {
        SandboxBuilder {
            port: 0,
            clock: None,
            rules: Rules::default(),
            rate_limit: None,
            oauth: OauthSettings::default(),
            api: Api::default(),
        }
    }

    /// The port on 127.0.0.1; 0, the default, takes a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The clock for timestamps, rate limits, the expiry of tokens and delays; the system's by default.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// What to assume where HubSpot's documentation says nothing.
    pub fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// The API that the sandbox's own clients ([`Sandbox::client`], [`Sandbox::client_builder`]) use; v3 by default. With app
    /// events every template is an event type as well, by the name of its id, and these clients know it: so a test runs
    /// against either API with nothing else changed. Both APIs are served in any case.
    pub fn api(mut self, api: Api) -> Self {
        self.api = api;
        self
    }

    /// Answers 429 to requests over this many in any window of this length, and shows the limit in the headers of every
    /// answer. HubSpot's own limit is 110 in 10 seconds. Each account has its own window; a request with an unknown token
    /// counts as the first account's. Refused requests and those to the token endpoint do not count. By default there is
    /// no limit and no such header.
    pub fn rate_limit(mut self, requests: usize, interval: Duration) -> Self {
        self.rate_limit = Some((requests, interval));
        self
    }

    /// The access token for all paths; [`ACCESS_TOKEN`](super::ACCESS_TOKEN) by default. It does not expire by itself.
    pub fn access_token(mut self, token: impl Into<String>) -> Self {
        self.oauth.access_token = token.into();
        self
    }

    /// Takes any access token that is not empty, and any developer key for templates. Expired and revoked tokens are still
    /// refused.
    pub fn any_token(mut self) -> Self {
        self.oauth.any_token = true;
        self
    }

    /// The credentials that the token endpoint takes; [`CLIENT_ID`](super::CLIENT_ID), [`CLIENT_SECRET`](super::CLIENT_SECRET) and
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

    /// Issues a new refresh token each time and refuses the old one. By default the refresh token stays the same.
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
    /// Creating and reading events requires `timeline`, templates over OAuth the last two. A token without the scope gets a
    /// 403 `MISSING_SCOPES` that names it.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.oauth.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// The id of the first account, which the token endpoint shows; 62515 by default. [`Sandbox::add_portal`] adds more
    /// accounts.
    pub fn portal_id(mut self, portal_id: u64) -> Self {
        self.oauth.portal_id = portal_id;
        self
    }

    /// Starts the sandbox. It listens once this returns.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the port is taken, or the system gives no socket or thread.
    // Nothing is awaited today; an async signature allows it later.
    pub async fn start(self) -> io::Result<Sandbox> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port))?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let state = SandboxState {
            rules: self.rules,
            events: Events::default(),
            templates: HeldTemplates::default(),
            app_events: AppEvents::new(self.api),
            accounts: Accounts::new(self.oauth),
            faults: Faults::default(),
            limits: self
                .rate_limit
                .map(|(most, interval)| Limits::new(most, interval)),
            seen: Vec::new(),
            log: Log::default(),
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
