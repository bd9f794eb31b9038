//! A HubSpot of your own: an HTTP server on 127.0.0.1 that speaks the v3 timeline API, checks what HubSpot's
//! documentation says is checked, holds what it accepts, and has bad weather on request. For tests, and for trying
//! things out; any client can talk to it.
//!
//! ```
//! use timeline_core::{EventInput, EventTemplate, ObjectType, SendBatch, TokenDefinition};
//! use timeline_core::sandbox::{Fault, Sandbox};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let sandbox = Sandbox::start().await?;
//! let template = EventTemplate::new("Pet adopted", ObjectType::Contacts)
//!     .token(TokenDefinition::new::<str>("petName", "Pet name")?);
//! let template_id = sandbox.add_template(template); // for your own types: sandbox.register::<PetAdopted>()
//! sandbox.inject(Fault::cut_after()); // the first batch is stored, and its answer lost
//!
//! let event = EventInput::new(template_id).email("ada@example.com").token("petName", "Rex");
//! let report = [event].send_batch(&sandbox.client()).await?;
//!
//! assert_eq!((report.requests(), report.retries()), (2, 1));
//! let events = sandbox.events();
//! assert_eq!((events.len(), events[0].writes, events[0].sent), (1, 1, 2));
//! assert_eq!(events[0].tokens["petName"], "Rex");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Other clients reach it at [`base_url`](Sandbox::base_url).
//!
//! # What it checks
//!
//! | what | answer |
//! |---|---|
//! | an unknown path; another method | 404 "resource not found", without a category; 405 |
//! | an event's `detail` or `render` | 501: the sandbox renders no templates |
//! | no access token, or a revoked one; one that has run out or cannot be read | 401 `INVALID_AUTHENTICATION`; 401 `EXPIRED_AUTHENTICATION` |
//! | a token without the scope ([`scopes`](SandboxBuilder::scopes)) | 403 `MISSING_SCOPES` with the scope's name |
//! | a body over 4,000,000 bytes ([`Rules::request_bytes`]) | 413 |
//! | a content type other than `application/json` | 415 |
//! | a body that is not JSON; a key that has another type | 400, nothing is created |
//! | a key that is missing | 400 with the place, the type and the key, without a category; nothing is created |
//! | more than 100 events ([`Rules::events_per_batch`]) | 400, nothing is created |
//! | an unknown template, an undeclared token | the event is refused |
//! | a value that is not its token's: a number, a date in milliseconds, one of the options | the event is refused |
//! | no `objectId`, nor `utk` or `email` for a contact | the event is refused |
//! | an `email` that is none | the event is refused, code `INVALID_EMAIL_ADDRESS` |
//! | an id over 500 bytes, a token over 510,000, an event over 1,000,000 | the event is refused, its id in the message |
//! | an iframe's side over 2,147,483,647 pixels | 400, nothing is created |
//! | an id that is in use already ([`Rules::same_id`], [`Rules::other_object`]) | the event is refused |
//!
//! A refused event is listed in a 207, beside those that were created; alone on the path for one event it is the 400.
//! These are assumptions, as is all that [`Rules`] can change. A record's id is believed without a look, and one set of
//! templates serves every app id. An e-mail that is unknown makes a contact, under an id that follows from the account and
//! the e-mail; a tracking cookie (`utk`) that came with no other identifier yet belongs to nobody. An event without a
//! `timestamp` gets the time of receipt.
//!
//! An e-mail is `local@domain` of at most 254 bytes: letters of any script, digits and ``!#$%&'*+-/=?^_`{|}~`` with single dots
//! inside, at a name with a dot. Quotes, blanks, display names, lists and IP addresses are refused. That this is HubSpot's
//! rule is an assumption; HubSpot seems to know the top-level domains, too, and the sandbox does not.
//!
//! # Time
//!
//! It keeps real time, unless it is given a [`TestClock`] ([`SandboxBuilder::clock`]), which its clients then share: an hour's
//! outage is over in milliseconds. tokio's own paused clock (`#[tokio::test(start_paused = true)]`) does not go together
//! with a real socket, here or anywhere: tokio moves it on whenever nothing but the network is waited for, so the time
//! limit of an attempt strikes while its answer is on the way, and an event that is fresh comes back as "already there".
//!
//! # What opens it
//!
//! [`ACCESS_TOKEN`] as a bearer token, or one that the token endpoint gave for [`REFRESH_TOKEN`]. The paths of templates
//! open to [`DEVELOPER_KEY`] as `?hapikey=`, too. All can be changed before it starts. More accounts come with
//! [`Sandbox::add_portal`].
//!
//! The token endpoint is `/oauth/2026-09/token` (also `2026-03`, `v3` and `v1`), form-encoded, with `…/introspect` and
//! `…/revoke` under all but `v1`. It answers
//!
//! | what | answer, and the `status` in its body |
//! |---|---|
//! | an unknown client id; a wrong secret | 400 `BAD_CLIENT_ID`; 400 `BAD_CLIENT_SECRET`, whatever the token is |
//! | an unknown or revoked refresh token | 400 `BAD_REFRESH_TOKEN`, `error` is `invalid_grant` |
//! | the refresh token of an account that has [uninstalled](Sandbox::uninstall) the app | 403 `BAD_HUB` |
//! | an unknown or used [authorization code](Sandbox::authorization_code); no redirect URL | 400 `BAD_AUTH_CODE`; 400 `BAD_REDIRECT_URI` |
//! | another grant type | 400 `BAD_GRANT_TYPE` |
//!
//! The words are recorded ones, but for `BAD_HUB` and all categories, which are assumptions. Whether a redirect URL is
//! the right one is not looked at.

mod accounts;
mod answer;
mod builder;
mod call;
mod catalog;
mod clock;
mod dates;
mod email;
mod event;
mod fault;
mod input;
mod limiter;
mod missing;
mod oauth;
mod path;
mod portals;
mod queue;
mod refusal;
mod routes;
mod rules;
mod serve;
mod server;
mod settings;
mod state;
mod store;
mod templates;

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use self::call::Call;
use self::serve::Plan;
use self::state::{Now, State};
use crate::client::{Client, ClientBuilder, Clock, Credentials, RateLimit};
use crate::event::TimelineEvent;
use crate::template::{EventTemplate, TemplateIds};

pub use self::builder::SandboxBuilder;
pub use self::clock::TestClock;
pub use self::event::StoredEvent;
pub use self::fault::{Fault, Route};
pub use self::oauth::{ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, DEVELOPER_KEY, REFRESH_TOKEN};
pub use self::settings::{BadEvent, ErrorId, OtherObject, ResultOrder, Rules, SameId};
pub use self::state::SeenRequest;

/// A HubSpot of your own, until it is dropped. The [module](self) says what it checks.
///
/// It runs on a thread of its own, and everything but starting it is done at once, without a runtime.
pub struct Sandbox {
    base_url: String,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics on purpose; if it did, what is held is still worth looking at.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, call: &Call) -> Plan {
        // The time is taken inside, so that requests are served in the order of their times.
        let mut state = self.lock();
        state.serve(call, self.now())
    }

    fn now(&self) -> Now {
        Now::on(&*self.clock)
    }
}

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

    /// Where it listens, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// A client for this sandbox: its access token and clock, its account, the templates that it knows by now, and no
    /// rate limit of its own. It works as long as the sandbox is kept.
    ///
    /// # Panics
    ///
    /// If the process cannot set up an HTTP client at all, which no sandbox setting can cause.
    #[must_use]
    pub fn client(&self) -> Client {
        match self.client_builder().build() {
            Ok(client) => client,
            #[allow(clippy::panic)] // A test helper; every setting below is the sandbox's own.
            Err(error) => panic!("{error}"),
        }
    }

    /// The settings of [`client`](Self::client), to change some of them: other credentials take the place of the
    /// sandbox's access token.
    pub fn client_builder(&self) -> ClientBuilder {
        Client::builder()
            .base_url(self.base_url())
            .own_credentials(Credentials::access_token(self.access_token()))
            .portal_id(self.portal_id())
            .template_ids(self.template_ids())
            .rate_limit(RateLimit::unlimited())
            .show_messages(true)
            .clock(self.clock())
    }

    /// The ids of the templates that it knows, by their names.
    #[must_use]
    pub fn template_ids(&self) -> TemplateIds {
        let templates = self.templates().into_iter();
        templates
            .filter_map(|template| Some((template.name.clone(), template.id()?.to_owned())))
            .collect()
    }

    /// The id of the account that it has from the start.
    #[must_use]
    pub fn portal_id(&self) -> u64 {
        self.shared.lock().accounts.own()
    }

    /// The clock that it runs on.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.shared.clock)
    }

    /// An access token that it takes, for the account that it has from the start.
    #[must_use]
    pub fn access_token(&self) -> String {
        let state = self.shared.lock();
        let own = state.accounts.own();
        state.accounts.access_token(own).unwrap_or_default()
    }

    /// The refresh token that its token endpoint takes now for the account that it has from the start.
    #[must_use]
    pub fn refresh_token(&self) -> String {
        let state = self.shared.lock();
        let token = state.accounts.refresh_token(state.accounts.own());
        token.unwrap_or_default().to_owned()
    }

    /// How many access tokens its token endpoint has given out, to all accounts.
    #[must_use]
    pub fn tokens_issued(&self) -> u64 {
        self.shared.lock().accounts.granted()
    }

    /// Lets every access token there is run out, [`access_token`](Self::access_token) too; the token endpoint gives
    /// out new ones.
    pub fn expire_tokens(&self) {
        self.shared.lock().accounts.expire();
    }

    /// Declares the templates of a type, and gives back the ids they have here, by their names: of use for types
    /// that name their template.
    ///
    /// A template without an id gets one, or that of the template with its name. Types that share a template may each
    /// declare its tokens: all are known.
    pub fn register<E: TimelineEvent>(&self) -> TemplateIds {
        let now = self.shared.now().milliseconds();
        let mut state = self.shared.lock();
        let ids = E::templates().into_iter().map(|template| {
            let name = template.name.clone();
            (name, state.templates.declare(template, now))
        });
        ids.collect()
    }

    /// Adds a template, in place of one that has its id, and gives back its id: its own, or a new one. What it
    /// declares is not checked.
    pub fn add_template(&self, template: EventTemplate) -> String {
        let now = self.shared.now().milliseconds();
        self.shared.lock().templates.put(template, now)
    }

    /// The templates that it knows, in the order they came, with their ids.
    #[must_use]
    pub fn templates(&self) -> Vec<EventTemplate> {
        let state = self.shared.lock();
        state
            .templates
            .all()
            .map(|held| held.template.clone())
            .collect()
    }

    /// The events that it holds, in the order they were created.
    #[must_use]
    pub fn events(&self) -> Vec<StoredEvent> {
        self.shared.lock().events.all()
    }

    /// How many events it holds.
    #[must_use]
    pub fn event_count(&self) -> usize {
        self.shared.lock().events.len()
    }

    /// One event.
    #[must_use]
    pub fn event(&self, template_id: &str, id: &str) -> Option<StoredEvent> {
        let state = self.shared.lock();
        state
            .events
            .get(template_id, id)
            .map(|event| StoredEvent::clone(event))
    }

    /// Forgets its events. Templates, contacts and the count of requests stay.
    pub fn clear_events(&self) {
        self.shared.lock().events.clear();
    }

    /// How many requests it has served, whatever the path and whatever came of them.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.shared.lock().seen.len() as u64
    }

    /// The requests that it has served, in the order they had arrived.
    #[must_use]
    pub fn seen(&self) -> Vec<SeenRequest> {
        self.shared.lock().seen.clone()
    }

    /// Lets something go wrong.
    pub fn inject(&self, fault: Fault) {
        let now = self.shared.clock.elapsed();
        self.shared.lock().faults.push(fault, now);
    }

    /// How many faults wait to happen, or to happen again.
    #[must_use]
    pub fn faults(&self) -> usize {
        self.shared.lock().faults.len()
    }

    /// Forgets the faults that wait.
    pub fn clear_faults(&self) {
        self.shared.lock().faults.clear();
    }

    /// Changes the rules from the next request on.
    pub fn set_rules(&self, rules: Rules) {
        self.shared.lock().rules = rules;
    }

    /// Stops it, and is done when its port is free again. Dropping it does the same.
    pub fn shutdown(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It ended or it panicked; either way it is gone.
            drop(thread.join());
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.lock();
        f.debug_struct("Sandbox")
            .field("base_url", &self.base_url)
            .field("templates", &state.templates.all().count())
            .field("events", &state.events.len())
            .field("requests", &state.seen.len())
            .finish_non_exhaustive()
    }
}
