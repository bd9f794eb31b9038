//! The handle of a sandbox that runs.

use std::fmt;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::event::StoredEvent;
use super::fault::Fault;
use super::rules::Rules;
use super::shared::Shared;
use super::state::SeenRequest;
use crate::client::{Client, ClientBuilder, Clock, Credentials, RateLimit};
use crate::event::TimelineEvent;
use crate::template::{EventDefinition, EventTemplate, EventTypes, TemplateIds};
use crate::wire::Api;

/// A running sandbox; it stops when this is dropped. The [module](super) says what it checks.
///
/// It runs on a thread of its own. Only starting it is async; all other methods are synchronous and need no runtime.
pub struct Sandbox {
    pub(super) base_url: String,
    pub(super) shared: Arc<Shared>,
    pub(super) stop: Option<oneshot::Sender<()>>,
    pub(super) thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// The URL where it listens, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// A client for this sandbox, with its access token, clock and account, the ids of the templates that it has now, and no
    /// rate limit. The client works until the sandbox is dropped.
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

    /// The builder of [`client`](Self::client), to change some of its settings: other credentials replace the sandbox's
    /// access token.
    pub fn client_builder(&self) -> ClientBuilder {
        let api = self.shared.lock().app_events.api;
        Client::builder()
            .base_url(self.base_url())
            .default_credentials(Credentials::access_token(self.access_token()))
            .portal_id(self.portal_id())
            .template_ids(self.template_ids())
            .api(api)
            .event_types(self.event_types())
            .rate_limit(RateLimit::unlimited())
            .show_messages(true)
            .clock(self.clock())
    }

    /// The event types that its clients know.
    fn event_types(&self) -> EventTypes {
        let is_known = self.shared.lock().app_events.api == Api::AppEvents;
        let templates = self.templates().into_iter().filter(|_| is_known);
        templates
            .filter_map(|template| Some((template.id()?.to_owned(), template.id()?.to_owned())))
            .collect()
    }

    /// The ids of its templates, by their names.
    #[must_use]
    pub fn template_ids(&self) -> TemplateIds {
        let templates = self.templates().into_iter();
        templates
            .filter_map(|template| Some((template.name.clone(), template.id()?.to_owned())))
            .collect()
    }

    /// The id of its first account.
    #[must_use]
    pub fn portal_id(&self) -> u64 {
        self.shared.lock().accounts.own()
    }

    /// Its clock.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.shared.clock)
    }

    /// An access token that it takes for its first account.
    #[must_use]
    pub fn access_token(&self) -> String {
        let state = self.shared.lock();
        let own = state.accounts.own();
        state.accounts.access_token(own).unwrap_or_default()
    }

    /// The refresh token that its token endpoint takes now for its first account.
    #[must_use]
    pub fn refresh_token(&self) -> String {
        let state = self.shared.lock();
        let token = state.accounts.refresh_token(state.accounts.own());
        token.unwrap_or_default().to_owned()
    }

    /// How many access tokens its token endpoint has issued, to all accounts.
    #[must_use]
    pub fn tokens_issued(&self) -> u64 {
        self.shared.lock().accounts.granted()
    }

    /// Expires all access tokens, also [`access_token`](Self::access_token). The token endpoint issues new ones.
    pub fn expire_tokens(&self) {
        self.shared.lock().accounts.expire();
    }

    /// Adds the templates of a type and returns the ids that they have here, by their names; types that name their template
    /// need these.
    ///
    /// A template without an id gets that of the template with its name, or a new one. Types may share a template: it has
    /// the tokens of all of them.
    pub fn register<E: TimelineEvent>(&self) -> TemplateIds {
        let now = self.shared.now().milliseconds();
        let mut state = self.shared.lock();
        let ids = E::templates().into_iter().map(|template| {
            let name = template.name.clone();
            if let Some(type_name) = template.type_name().map(str::to_owned) {
                let types = &mut state.app_events;
                types.declare_type(&type_name, template.clone(), now);
            }
            let id = state.templates.declare(template, now);
            let state = &mut *state;
            state.app_events.follow(state.templates.get(&id), now);
            (name, id)
        });
        ids.collect()
    }

    /// Adds an event type of app events: the tokens of the template are its properties. Replaces the one of this name.
    pub fn add_event_type(&self, name: &str, template: EventTemplate) {
        let now = self.shared.now().milliseconds();
        let mut state = self.shared.lock();
        state.app_events.add_type(name, template, now);
    }

    /// Adds the event type of a definition file, as a project of this name has it, and returns its full name. The type
    /// also goes by its `uid`: an event that was created under one of the names exists under the other.
    /// `types/projects` tells the full name. It is an assumption that full names look like this one, and that both
    /// names belong to one type.
    pub fn add_definition(&self, project: &str, definition: EventDefinition) -> String {
        let uid = definition.uid().to_owned();
        let full_name = format!("a{}_{uid}", self.portal_id());
        let template = definition.into_template();
        self.add_event_type(&uid, template.clone());
        let now = self.shared.now().milliseconds();
        let mut state = self.shared.lock();
        let types = &mut state.app_events;
        types.declare_type(&full_name, template, now);
        types.add_project_type(project, &uid, &full_name);
        state.events.is_named(&uid, &full_name);
        drop(state);
        full_name
    }

    /// Lets `types/projects` tell the full name of an event type, by its developer symbol (its `uid` in the definition
    /// file) and the name of its project.
    pub fn add_project_type(&self, project: &str, developer_symbol: &str, full_name: &str) {
        let mut state = self.shared.lock();
        let types = &mut state.app_events;
        types.add_project_type(project, developer_symbol, full_name);
    }

    /// Moves all accounts from v3 to app events: from the next request on v3 answers 401 to every call about events, as
    /// HubSpot does seven days after an app has moved. App events are served before that, too.
    pub fn move_to_app_events(&self) {
        self.shared.lock().app_events.move_account(None);
    }

    /// Moves one account, as [`move_to_app_events`](Self::move_to_app_events).
    pub fn move_portal_to_app_events(&self, portal_id: u64) {
        let mut state = self.shared.lock();
        state.app_events.move_account(Some(portal_id));
    }

    /// What HubSpot would accept although it may be a mistake: properties with names that HubSpot reserves.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.shared.lock().app_events.warnings()
    }

    /// Adds a template, or replaces the one with its id, and returns its id: its own, or a new one. What it declares is
    /// not checked.
    pub fn add_template(&self, template: EventTemplate) -> String {
        let now = self.shared.now().milliseconds();
        let mut state = self.shared.lock();
        let id = state.templates.put(template, now);
        let state = &mut *state;
        state.app_events.follow(state.templates.get(&id), now);
        id
    }

    /// Its templates with their ids, in the order in which they were added.
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

    /// Removes its events. Templates, contacts and the count of requests stay.
    pub fn clear_events(&self) {
        self.shared.lock().events.clear();
    }

    /// How many requests it has served, of any path and with any result.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.shared.lock().seen.len() as u64
    }

    /// The requests that it has served, in the order in which they arrived.
    #[must_use]
    pub fn seen(&self) -> Vec<SeenRequest> {
        self.shared.lock().seen.clone()
    }

    /// Injects a fault. The fault waits for a request that it is for, however long that takes; only a fault that is
    /// [`lasting`](Fault::lasting) ends by itself. If [`faults`](Self::faults) is 0 at the end of a test, every other
    /// fault has happened.
    pub fn inject(&self, fault: Fault) {
        let now = self.shared.clock.elapsed();
        self.shared.lock().faults.push(fault, now);
    }

    /// How many injected faults are not used up.
    #[must_use]
    pub fn faults(&self) -> usize {
        self.shared.lock().faults.len()
    }

    /// Removes the injected faults.
    pub fn clear_faults(&self) {
        self.shared.lock().faults.clear();
    }

    /// Changes the rules from the next request on.
    pub fn set_rules(&self, rules: Rules) {
        self.shared.lock().rules = rules;
    }

    /// Stops it and returns when its port is free again. Dropping it does the same.
    pub fn shutdown(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread is ignored here: the server has stopped.
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
