//! Settings, checked once.

mod check;

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::HeaderValue;
use tokio::sync::Semaphore;

use super::apis::{Apis, Project};
use super::base_url::base_url;
use super::clock::{Clock, SystemClock};
use super::config_error::{ConfigError, ConfigErrorKind};
use super::credentials::Credentials;
use super::default_transport::{DefaultTransport, TransportSettings};
use super::http::Http;
use super::log_limit::LogLimit;
use super::metrics::{Metrics, Watcher};
use super::oauth::OAuth;
use super::pacer::RateLimit;
use super::portal::{Portal, Portals, Traffic};
use super::retry::RetryPolicy;
use super::root::{Client, Root};
use super::tokens::Tokens;
use super::transport::{AnyTransport, Transport};
use crate::event::EventIds;
use crate::template::{EventTypes, TemplateIds};
use crate::wire::Api;
use crate::wire::protocol::Protocol;

/// So many access tokens are asked for at once, whatever the number of accounts: each takes a connection.
const REFRESHES: usize = 64;

/// Time limits are capped at a day: timers overflow on the largest durations.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The settings of a [`Client`]; made by [`Client::builder`].
///
/// Credentials are the only thing without a default: one of [`access_token`](Self::access_token), [`oauth`](Self::oauth)
/// and [`token_provider`](Self::token_provider). Only the root of clients for many accounts ([`Client::for_portal`]) needs
/// none. An event that the root is asked to send itself ends at once as [`NotSent`](crate::Outcome::NotSent), with this as
/// the reason.
#[must_use = "settings do nothing until `.build()`"]
pub struct ClientBuilder {
    credentials: Vec<Credentials>,
    /// Credentials that are used if the user gives none.
    default_credentials: Option<Credentials>,
    base_url: String,
    portal_id: Option<u64>,
    api: Api,
    api_version: String,
    moves: bool,
    template_ids: TemplateIds,
    event_types: EventTypes,
    project: Option<String>,
    batch_size: Option<usize>,
    concurrency: usize,
    rate_limit: RateLimit,
    retry: RetryPolicy,
    one_error_per_event: bool,
    timeout: Duration,
    proxy: Option<String>,
    root_certificates: Vec<Vec<u8>>,
    allow_http: bool,
    user_agent: String,
    show_messages: bool,
    metrics: Watcher,
    clock: Arc<dyn Clock>,
    seed: Option<u64>,
    transport: Chosen,
}

/// Which transport the client has.
enum Chosen {
    Default,
    Around(Box<dyn FnOnce(DefaultTransport) -> Arc<dyn AnyTransport> + Send + Sync>),
    Other(Arc<dyn AnyTransport>),
}

impl Client {
    /// The settings of a new client, at their defaults.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }
}

impl ClientBuilder {
    fn new() -> Self {
        ClientBuilder {
            credentials: Vec::new(),
            default_credentials: None,
            base_url: "https://api.hubapi.com".to_owned(),
            portal_id: None,
            api: Api::default(),
            api_version: "2026-03".to_owned(),
            moves: false,
            template_ids: TemplateIds::new(),
            event_types: EventTypes::new(),
            project: None,
            batch_size: None,
            concurrency: 8,
            rate_limit: RateLimit::default(),
            retry: RetryPolicy::default(),
            one_error_per_event: true,
            timeout: Duration::from_secs(30),
            proxy: None,
            root_certificates: Vec::new(),
            allow_http: false,
            user_agent: concat!("timeline-core/", env!("CARGO_PKG_VERSION")).to_owned(),
            show_messages: false,
            metrics: Watcher::default(),
            clock: Arc::new(SystemClock::new()),
            seed: None,
            transport: Chosen::Default,
        }
    }

    /// An access token that you keep fresh yourself. HubSpot's live for 30 minutes.
    pub fn access_token(mut self, token: impl Into<String>) -> Self {
        self.credentials.push(Credentials::access_token(token));
        self
    }

    /// Access tokens made from a refresh token, as often as needed.
    pub fn oauth(mut self, oauth: OAuth) -> Self {
        self.credentials.push(oauth.into());
        self
    }

    /// A function that gives an access token; called before every request, and again when HubSpot refuses the token.
    pub fn token_provider<F, Fut, E>(mut self, provide: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<String, E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        self.credentials.push(Credentials::token_provider(provide));
        self
    }

    /// Another server than `https://api.hubapi.com`, such as the sandbox's. It must be `https`, unless it is on this
    /// machine or [`allow_http`](Self::allow_http) is set.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// The HubSpot account; event ids that follow from a `key` need it.
    pub fn portal_id(mut self, portal_id: u64) -> Self {
        self.portal_id = Some(portal_id);
        self
    }

    /// The ids of templates that events give by name. Called again, it adds to them.
    pub fn template_ids(mut self, ids: TemplateIds) -> Self {
        self.template_ids.extend(ids);
        self
    }

    /// Which of HubSpot's two APIs events go through, [`Api::V3`] by default.
    pub fn api(mut self, api: Api) -> Self {
        self.api = api;
        self
    }

    /// The version of app events, which is a segment of their paths: `2026-03` by default. `2026-09` and `v4` take and
    /// answer the same.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.api_version = version.into();
        self
    }

    /// Whether a client of [`Api::V3`] goes on through app events once HubSpot has moved the account there; off by default.
    ///
    /// Seven days after an app has moved to HubSpot's new platform, v3 answers 401 to it. A 401 to an access token that the
    /// token endpoint or the token provider has just given counts as that move. This is an assumption: HubSpot names no
    /// other sign. A 401 to a fixed [`access_token`](Self::access_token) proves nothing, and moves nothing. From then on
    /// all clients of the account send through app events, under the same ids; this includes events that v3 surely refused.
    /// The move is told once by a WARN (feature `tracing`), by the metric
    /// [`MOVES_TO_APP_EVENTS`](crate::metrics::MOVES_TO_APP_EVENTS), and by
    /// [`BatchReport::has_moved`](crate::BatchReport::has_moved).
    ///
    /// An event that was uncertain under v3 stays [`Unknown`](crate::Outcome::Unknown), since nothing finds duplicates
    /// across the two APIs. Events without a `type_name`, or an entry in [`event_types`](Self::event_types), are
    /// [`Rejected`](crate::Outcome::Rejected) from then on: give a `type_name` or an entry to all types before the move.
    pub fn move_to_app_events(mut self, moves: bool) -> Self {
        self.moves = moves;
        self
    }

    /// The names of event types in app events, by the name or the id of a template. An entry counts before the `type_name`
    /// of an event. Called again, it adds to them.
    ///
    /// A type that says `template_id` is found by that id, or by the name that [`template_ids`](Self::template_ids) has for
    /// it. A type that says `template` is found by that name, or by the id that [`template_ids`](Self::template_ids) has
    /// for it.
    pub fn event_types(mut self, types: EventTypes) -> Self {
        self.event_types.extend(types);
        self
    }

    /// The app's project on HubSpot's platform. With it a `type_name` is the `uid` in a definition file of the project, and
    /// its full name is asked for once, before the first event of the type is sent; without it a `type_name` goes out as it
    /// is. A type that the project does not have is [`Rejected`](crate::Outcome::Rejected).
    pub fn project(mut self, name: impl Into<String>) -> Self {
        self.project = Some(name.into());
        self
    }

    /// Events in one request: by default 100 through v3, where more may be refused since HubSpot has not written its limit
    /// down, and 500 through app events, which is the most that they take.
    pub fn batch_size(mut self, events: usize) -> Self {
        self.batch_size = Some(events);
        self
    }

    /// Requests of one call that are under way at once, 8 by default; 0 is an error.
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.concurrency = requests;
        self
    }

    /// Requests in a window of time, 110 in 10 s by default; shared by all clones of the client.
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = limit;
        self
    }

    /// How often and how long a request that failed is tried again, for two minutes by default.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Whether each event has at most one error in an answer. This is assumed by default, since HubSpot has not written it
    /// down. If an answer then has ten errors "ID already in use" and says nothing else about ten of its events, these ten
    /// are in use, whether or not the errors name them. So a job that starts over costs hardly more
    /// requests than the first time. With `false`, events that no error names are sent again until each answer is about a
    /// single event, which takes a request or two for each of them.
    pub fn one_error_per_event(mut self, assume: bool) -> Self {
        self.one_error_per_event = assume;
        self
    }

    /// How long one attempt may take from the first byte out to the last byte in, 30 s by default. Connecting has at
    /// most 10 s of it. 0 is an error, and more than a day counts as a day.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// A proxy for everything that leaves this machine. Without it the usual variables of the environment count.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// A certificate in PEM that is trusted beside the system's; a bundle of several will do.
    pub fn root_certificate(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.root_certificates.push(pem.as_ref().to_vec());
        self
    }

    /// Another transport than the client's own: for a client certificate, or a double in a test; see [`Transport`]. It has
    /// its own proxy and certificates, so that these settings are refused beside it.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Chosen::Other(Arc::new(transport));
        self
    }

    /// A transport around the client's own, which has the settings made here: for a recorder, or a count of bytes.
    ///
    /// ```
    /// use timeline_core::{Client, DefaultTransport, Transport, TransportBody, TransportError};
    ///
    /// struct Counting(DefaultTransport);
    ///
    /// impl Transport for Counting {
    ///     async fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<TransportBody>, TransportError> {
    ///         println!("{} bytes to {}", request.body().len(), request.uri().path());
    ///         self.0.send(request).await
    ///     }
    /// }
    ///
    /// let client = Client::builder().access_token("…").wrap_transport(Counting);
    /// ```
    pub fn wrap_transport<T: Transport>(
        mut self,
        wrap: impl FnOnce(DefaultTransport) -> T + Send + Sync + 'static,
    ) -> Self {
        self.transport = Chosen::Around(Box::new(|inner| Arc::new(wrap(inner))));
        self
    }

    /// Lets tokens and events travel unencrypted to another machine.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// Another `User-Agent` than `timeline-core/…`.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// Shows HubSpot's own words in the `Display` and `Debug` of rejections, outcomes, reports and errors; off by default,
    /// since they may quote personal data, such as the e-mail address that is not valid. Where logs may hold personal
    /// data, and in tests, turn it on: what is wrong with an event is mostly in these words alone. The sandbox's own
    /// clients show them. Logs of the feature `tracing` never do.
    pub fn show_messages(mut self, show: bool) -> Self {
        self.show_messages = show;
        self
    }

    /// Where to count what happens; see [`Metrics`].
    pub fn metrics(mut self, metrics: impl Metrics) -> Self {
        self.metrics = Watcher(Some(Arc::new(metrics)));
        self
    }

    /// Where the client reads the time and waits; for tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Makes ids and waits repeatable; for tests, since two clients with one seed make the same ids.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] says which setting is wrong and how to mend it. Nothing is sent.
    pub fn build(self) -> Result<Client, ConfigError> {
        let credentials = self.credentials()?;
        let user_agent =
            HeaderValue::try_from(&self.user_agent).map_err(|_| ConfigErrorKind::UserAgent)?;
        self.check()?;
        let is_other = matches!(self.transport, Chosen::Other(_));
        let base = base_url(&self.base_url, self.allow_http, is_other)?;
        let timeout = self.timeout.min(LONGEST);
        let settings = TransportSettings {
            base: base.clone(),
            timeout,
            proxy: self.proxy,
            root_certificates: self.root_certificates,
        };
        let transport = match self.transport {
            Chosen::Other(other) => other,
            Chosen::Around(wrap) => wrap(DefaultTransport::new(settings)?),
            Chosen::Default => Arc::new(DefaultTransport::new(settings)?),
        };
        let (rng, id_base) = random(self.seed)?;
        let tokens = Tokens::new(credentials, self.portal_id);
        let portal = Arc::new(Portal::new(
            self.portal_id,
            tokens,
            Traffic::new(self.rate_limit),
        ));
        Ok(Client {
            root: Arc::new(Root {
                http: Http {
                    transport,
                    base,
                    timeout,
                    user_agent,
                },
                apis: Apis {
                    chosen: self.api,
                    moves: self.moves && self.api == Api::V3,
                    v3: Protocol::v3(),
                    app_events: Protocol::new(Api::AppEvents, self.api_version),
                    template_ids: self.template_ids,
                    event_types: self.event_types,
                    project: self.project.map(Project::new),
                },
                batch_size: self.batch_size,
                concurrency: self.concurrency,
                rate_limit: self.rate_limit,
                retry: self.retry,
                one_error_per_event: self.one_error_per_event,
                ids: EventIds::new(id_base),
                rng: Mutex::new(rng),
                show_messages: self.show_messages,
                metrics: self.metrics,
                log_limit: LogLimit::default(),
                clock: self.clock,
                portals: Portals::new(&portal),
                refreshes: Arc::new(Semaphore::new(REFRESHES)),
            }),
            portal,
            turns: None,
        })
    }

    /// Credentials that are used if the user gives none.
    #[cfg(feature = "sandbox")]
    pub(crate) fn default_credentials(mut self, credentials: Credentials) -> Self {
        self.default_credentials = Some(credentials);
        self
    }
}

/// The generator of random numbers, and ten random bytes that tell the ids which this client makes from those of others.
fn random(seed: Option<u64>) -> Result<(fastrand::Rng, [u8; 10]), ConfigError> {
    let mut id_base = [0; 10];
    let rng = match seed {
        Some(seed) => {
            let mut rng = fastrand::Rng::with_seed(seed);
            rng.fill(&mut id_base);
            rng
        }
        None => {
            getrandom::fill(&mut id_base)
                .map_err(|error| ConfigErrorKind::Randomness.caused_by(error))?;
            fastrand::Rng::new()
        }
    };
    Ok((rng, id_base))
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::client::Client;

    #[test]
    fn a_time_limit_is_taken_as_it_is_up_to_a_day() {
        let hour = Duration::from_secs(3_600);
        for (limit, taken) in [
            (hour, hour),
            (24 * hour, 24 * hour),
            (25 * hour, 24 * hour),
            (Duration::MAX, 24 * hour),
        ] {
            let client = Client::builder().timeout(limit).build();
            let client = client.unwrap_or_else(|error| panic!("good settings: {error}"));
            assert_eq!(client.root.http.timeout, taken, "{limit:?}");
        }
    }
}
