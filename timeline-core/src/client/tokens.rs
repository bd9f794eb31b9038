//! The access token in use: given, refreshed over OAuth, or fetched from the user's own code, once for all that wait.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::callback::{CallerId, Calling};
use super::clock::Clock;
use super::credentials::{Credentials, Source};
use super::credentials_error::{CredentialsError, CredentialsErrorKind, NoToken};
use super::http::Http;
use super::metrics::{Watcher, names};
use super::oauth::{Hooks, OAuth};
use super::secret::Secret;
use super::token_endpoint;
use super::token_state::{Access, Handed, Refreshing, TokenState, hash};
use crate::trace;

/// What it takes to get an access token.
pub(super) struct TokenTools<'r> {
    pub(super) http: &'r Http,
    pub(super) clock: &'r Arc<dyn Clock>,
    pub(super) metrics: &'r Watcher,
    /// On whose behalf the user's functions are called.
    pub(super) caller: CallerId,
    pub(super) refreshes: &'r Arc<Semaphore>,
}

/// The access token in use, shared by all requests to an account.
pub(crate) struct Tokens {
    credentials: Credentials,
    shared: Arc<SharedTokens>,
}

/// What a refresh under way shares with those who wait for it.
struct SharedTokens {
    /// The account that the tokens must be for, where that is known.
    portal_id: Option<u64>,
    state: Mutex<TokenState>,
}

/// Refresh this long before the end, so that no token runs out on the way.
const MARGIN: Duration = Duration::from_secs(60);

/// How much longer than an attempt a request waits for a refresh, which may have a refresh token to store.
const GRACE: Duration = Duration::from_millis(500);

/// After this time, a request that waits for a refresh checks whether the runtime of the refresh is alive. A runtime that
/// runs nothing for this time counts as one that does not run any more.
const STALL: Duration = Duration::from_secs(1);

impl Tokens {
    /// Whether there is a new access token whenever one is needed.
    pub(super) fn are_renewed(&self) -> bool {
        matches!(self.credentials.0, Source::OAuth(_) | Source::Provider(_))
    }

    pub(super) fn new(credentials: Credentials, portal_id: Option<u64>) -> Self {
        let hooks = match &credentials.0 {
            Source::OAuth(oauth) => oauth.hooks.clone(),
            _ => Hooks::default(),
        };
        let state = TokenState {
            hooks,
            ..TokenState::default()
        };
        Tokens {
            credentials,
            shared: Arc::new(SharedTokens {
                portal_id,
                state: Mutex::new(state),
            }),
        }
    }

    /// Whether these are the credentials in use. Their refresh token may be the one in use, or one that it has replaced, to
    /// which it would be wrong to go back. After the token endpoint has refused the one in use, any other is a new start.
    /// Two token providers cannot be compared, so they count as different.
    pub(super) fn are_from(&self, credentials: &Credentials) -> bool {
        match (&self.credentials.0, &credentials.0) {
            (Source::None, Source::None) => true,
            (Source::Fixed(one), Source::Fixed(other)) => one == other,
            (Source::OAuth(one), Source::OAuth(other)) => {
                one.client_id == other.client_id
                    && one.client_secret == other.client_secret
                    && self.shared.state().knows(one, &other.refresh_token)
            }
            _ => false,
        }
    }

    /// Takes functions that are missing here from equal credentials. After the refresh token was refused, the given functions
    /// replace the present ones: the account may have installed the app again. Returns what was replaced, to be dropped without
    /// the lock, since dropping it may run the user's code.
    pub(super) fn adopt(&self, credentials: &Credentials) -> Hooks {
        let Source::OAuth(oauth) = &credentials.0 else {
            return Hooks::default();
        };
        let mut state = self.shared.state();
        if state.is_refused && !oauth.hooks.is_empty() {
            let before = std::mem::replace(&mut state.hooks, oauth.hooks.clone());
            state.hooks.adopt(&before);
            return before;
        }
        state.hooks.adopt(&oauth.hooks);
        Hooks::default()
    }

    /// Remembers the refresh tokens of the credentials that these take the place of: a program may have read one of them from
    /// its database before another process has stored the new one.
    pub(super) fn remember(&self, before: &Tokens) {
        let Source::OAuth(first) = &before.credentials.0 else {
            return;
        };
        let before = before.shared.state();
        let mut state = self.shared.state();
        state.remember(hash(&first.refresh_token));
        for used in &before.replaced {
            state.remember(*used);
        }
        state.remember(hash(before.in_use(first)));
    }

    /// Sets an access token that does not expire.
    #[cfg(test)]
    pub(super) fn keep_token(&self, token: &str) {
        self.shared.state().current = Some(Access {
            token: Secret::new(token),
            fresh_until: None,
        });
    }

    /// Whether the tokens can be dropped: nothing that they remember is needed any more.
    pub(super) fn is_idle(&self, now: Duration) -> bool {
        let state = self.shared.state();
        let is_over = |refreshing: &Refreshing| refreshing.task.is_finished();
        state.refreshing.as_deref().is_none_or(is_over)
            && state.is_stored()
            && state
                .current
                .as_ref()
                .is_none_or(|access| access.fresh_until.is_some_and(|end| end <= now))
    }

    /// A token to use now, other than `refused`, to which HubSpot has just answered 401.
    pub(super) async fn token(
        &self,
        refused: Option<&Secret>,
        tools: &TokenTools<'_>,
    ) -> Result<Secret, NoToken> {
        // `for_portal` does not check credentials, so they are checked here.
        if let Some((what, flaw)) = self.credentials.flaw() {
            return Err(NoToken::Unusable(CredentialsError::malformed(what, flaw)));
        }
        match &self.credentials.0 {
            Source::None => {
                let error = CredentialsError::new(CredentialsErrorKind::Missing);
                Err(NoToken::Unusable(error))
            }
            Source::Fixed(_) if refused.is_some() => Err(NoToken::Refused),
            Source::Fixed(token) => Ok(token.clone()),
            Source::Provider(provide) => {
                let provided = async { provide().await };
                let (caller, limit) = (tools.caller, tools.http.timeout);
                let who = ("the token provider", "answer");
                let token = match Calling::limited(caller, limit, who, provided).await {
                    Ok(token) => Secret::new(token),
                    Err(cause) => {
                        trace::token_provider_failed(self.shared.portal_id, &cause);
                        let error = CredentialsError::new(CredentialsErrorKind::ProviderFailed)
                            .in_words(
                                "no access token could be had: the token provider failed (its error is the `source()`)",
                            )
                            .caused_by(cause);
                        return Err(NoToken::failed(error));
                    }
                };
                if let Some(flaw) = token.flaw() {
                    let what = "the access token that the token provider gave";
                    return Err(NoToken::Unusable(CredentialsError::malformed(what, flaw)));
                }
                if refused == Some(&token) {
                    return Err(NoToken::Refused);
                }
                Ok(token)
            }
            Source::OAuth(oauth) => self.fresh(oauth, refused, tools).await,
        }
    }

    async fn fresh(
        &self,
        oauth: &OAuth,
        refused: Option<&Secret>,
        tools: &TokenTools<'_>,
    ) -> Result<Secret, NoToken> {
        let now = tools.clock.elapsed();
        // Waiters give up after this time, for example if a function is slow to store the refresh token. The refresh goes
        // on, and the next request waits for it.
        let limit = tools.http.timeout.saturating_add(GRACE);
        let waited = async {
            let mut stalled = None;
            loop {
                let refreshing = {
                    let mut state = self.shared.state();
                    if let Some(token) = state.fresh(now, refused) {
                        return Ok(token);
                    }
                    let is_stalled =
                        |refreshing: &mut Box<Refreshing>| Some(refreshing.number) == stalled;
                    if let Some(stalled) = state.refreshing.take_if(is_stalled) {
                        stalled.task.abort();
                    }
                    match &state.refreshing {
                        Some(refreshing) => Refreshing::clone(refreshing),
                        None => self.begin(&mut state, oauth, now, refused, tools),
                    }
                };
                let ended = refreshing.ended.clone();
                match tokio::time::timeout(STALL, ended).await {
                    Ok(Some(ended)) => return ended,
                    Ok(None) => stalled = Some(refreshing.number),
                    Err(_elapsed) if is_driven(&refreshing.runtime).await => {}
                    Err(_elapsed) => stalled = Some(refreshing.number),
                }
            }
        };
        match tokio::time::timeout(limit, waited).await {
            Ok(ended) => ended,
            Err(_elapsed) => {
                let error = CredentialsError::new(CredentialsErrorKind::EndpointFailed).in_words(
                    "no access token could be had: its refresh did not end within the time for an attempt",
                );
                Err(NoToken::failed(error))
            }
        }
    }

    /// Begins a refresh.
    fn begin(
        &self,
        state: &mut TokenState,
        oauth: &OAuth,
        now: Duration,
        refused: Option<&Secret>,
        tools: &TokenTools<'_>,
    ) -> Refreshing {
        state.begun += 1;
        let refresh = Refresh {
            number: state.begun,
            // The current token, if it is usable and only its refresh token is not stored yet.
            kept: state.usable(now, refused),
            oauth: oauth.clone(),
            shared: Arc::clone(&self.shared),
            http: tools.http.clone(),
            clock: Arc::clone(tools.clock),
            metrics: tools.metrics.clone(),
            caller: tools.caller,
            refreshes: Arc::clone(tools.refreshes),
        };
        let runtime = Handle::current();
        // A task, so that a new refresh token is not lost if those who wait give up. It fails if its runtime ends.
        let task = runtime.spawn(refresh.run());
        let abort = task.abort_handle();
        let (shared, number) = (Arc::clone(&self.shared), state.begun);
        let ended = task.map(move |ended| match ended {
            Ok(ended) => Some(ended),
            Err(error) if error.is_cancelled() => None,
            Err(_panic) => {
                shared.end(number);
                let error = CredentialsError::new(CredentialsErrorKind::EndpointFailed);
                Some(Err(NoToken::failed(error)))
            }
        });
        let refreshing = Refreshing {
            number: state.begun,
            ended: FutureExt::shared(Box::pin(ended)),
            task: abort,
            runtime,
        };
        state.refreshing = Some(Box::new(refreshing.clone()));
        refreshing
    }
}

fn is_about_the_account(error: &CredentialsError) -> bool {
    use CredentialsErrorKind as Kind;
    matches!(error.kind(), Kind::BadRefreshToken | Kind::AppUninstalled)
}

/// Whether the runtime runs tasks.
async fn is_driven(runtime: &Handle) -> bool {
    let ping = runtime.spawn(async {});
    tokio::time::timeout(STALL, ping).await.is_ok()
}

impl SharedTokens {
    fn state(&self) -> MutexGuard<'_, TokenState> {
        // No panic can leave the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the refresh with this number is over.
    fn end(&self, number: u64) {
        let mut state = self.state();
        let ended = state
            .refreshing
            .take_if(|refreshing| refreshing.number == number);
        // The refresh may hold values of the user's, whose code must not run under the lock.
        drop(state);
        drop(ended);
    }
}

/// One refresh, a task of its own.
struct Refresh {
    number: u64,
    kept: Option<Secret>,
    oauth: OAuth,
    shared: Arc<SharedTokens>,
    http: Http,
    clock: Arc<dyn Clock>,
    metrics: Watcher,
    caller: CallerId,
    refreshes: Arc<Semaphore>,
}

impl Refresh {
    async fn run(self) -> Result<Secret, NoToken> {
        let refreshed = match &self.kept {
            Some(token) => {
                self.hand_over(self.shared.portal_id).await;
                Ok(token.clone())
            }
            None => self.refresh().await,
        };
        self.shared.end(self.number);
        refreshed
    }

    async fn refresh(&self) -> Result<Secret, NoToken> {
        let portal_id = self.shared.portal_id;
        let handed_out = self.shared.state().handed_out.clone();
        let used = handed_out.map_or_else(|| self.oauth.refresh_token.clone(), |(token, _)| token);
        let started = self.clock.elapsed();
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", &*self.oauth.client_id),
            ("client_secret", self.oauth.client_secret.expose()),
            ("refresh_token", used.expose()),
        ];
        // A turn may be held for ever on a runtime that has stopped. After the time of one attempt, the refresh goes on without
        // one.
        let turn = tokio::time::timeout(self.http.timeout, self.refreshes.acquire()).await;
        let granted = token_endpoint::ask(&self.http, &self.clock, &form).await;
        drop(turn);
        match &granted {
            Ok(_) => self.shared.state().is_refused = false,
            // Another refusal is the app's own, and says nothing of this token.
            Err(NoToken::RefreshRefused(error)) if is_about_the_account(error) => {
                self.shared.state().is_refused = true;
            }
            Err(_) => {}
        }
        let granted = granted?;
        // HubSpot takes no other refresh token from now on, even if something else in the answer is wrong.
        if let Some(new) = granted.refresh_token.filter(|new| *new != used) {
            self.shared.state().replace(&used, new);
        }
        self.hand_over(portal_id.or(granted.hub_id)).await;
        if let (Some(expected), Some(found)) = (portal_id, granted.hub_id)
            && expected != found
        {
            return Err(NoToken::OtherPortal(found));
        }
        let token = granted.access_token?;
        self.metrics.add(names::TOKEN_REFRESHES, 1);
        let lifetime = granted
            .expires_in
            .map(|end| end.saturating_sub(MARGIN).max(end / 2));
        self.shared.state().current = Some(Access {
            token: token.clone(),
            fresh_until: lifetime.map(|lifetime| started.saturating_add(lifetime)),
        });
        Ok(token)
    }

    /// Gives the refresh token that HubSpot has handed out to the user's function, unless it is stored already.
    async fn hand_over(&self, portal_id: Option<u64>) {
        let (hooks, token) = {
            let state = self.shared.state();
            match &state.handed_out {
                Some((token, handed)) if *handed != Handed::Over && state.hooks.store() => {
                    (state.hooks.clone(), token.clone())
                }
                Some((_, Handed::ToNone)) => {
                    drop(state);
                    let why =
                        "there is no function to store it: give `OAuth` one with `.on_refresh(…)`";
                    return trace::refresh_token_not_stored(portal_id, why);
                }
                _ => return,
            }
        };
        let limit = self.http.timeout;
        let is_stored = hooks
            .hand_over(&token, portal_id, limit, &self.metrics, self.caller)
            .await;
        let mut state = self.shared.state();
        if let Some((last, handed)) = &mut state.handed_out
            && *last == token
        {
            *handed = if is_stored {
                Handed::Over
            } else {
                Handed::InVain
            };
        }
    }
}
