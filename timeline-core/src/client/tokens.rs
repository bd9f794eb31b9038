//! The access token in use: given, refreshed over OAuth, or fetched from the user's own code, once for all that wait.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;

use super::callback::{CallerId, Calling};
use super::clock::Clock;
use super::credentials::{Credentials, Source};
use super::credentials_error::{CredentialsError, CredentialsErrorKind, NoToken};
use super::http::Http;
use super::metrics::{Watcher, names};
use super::oauth::{Hooks, OAuth};
use super::secret::Secret;
use super::token_endpoint;
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
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Access>,
    /// The refresh token that HubSpot has handed out last, if it has, and what became of it.
    handed_out: Option<(Secret, Handed)>,
    /// Hashes of those in use before that one, the last ones: a program may have read one from its database in the meantime.
    replaced: VecDeque<u64>,
    /// The token endpoint has refused the one in use.
    is_refused: bool,
    hooks: Hooks,
    /// The refresh under way, for all who wait and for the next one who comes.
    refreshing: Option<Box<Refreshing>>,
    /// How many refreshes have begun.
    begun: u64,
}

#[derive(Clone)]
struct Access {
    token: Secret,
    /// In the clock's elapsed time; `None` for a token whose end is not known.
    fresh_until: Option<Duration>,
}

/// What became of a refresh token that HubSpot has handed out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Handed {
    Over,
    /// There is no function to hand it to; one may come with another client for the account.
    ToNone,
    /// The function has failed.
    InVain,
}

#[derive(Clone)]
struct Refreshing {
    number: u64,
    /// `None` if its runtime was shut down under it.
    ended: Shared<BoxFuture<'static, Option<Result<Secret, NoToken>>>>,
    task: AbortHandle,
    /// The runtime that it runs on.
    runtime: Handle,
}

/// So many refresh tokens that were in use before are known as such.
const REPLACED: usize = 8;

/// Refresh this long before the end, so that no token runs out on the way.
const MARGIN: Duration = Duration::from_secs(60);

/// What storing a refresh token may take beyond the time for an attempt.
const GRACE: Duration = Duration::from_millis(500);

/// After so long, who waits for a refresh looks whether the runtime is alive that it runs on; and a runtime that runs
/// nothing for so long is taken for one that does not run any more.
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
        let state = State {
            hooks,
            ..State::default()
        };
        Tokens {
            credentials,
            shared: Arc::new(SharedTokens {
                portal_id,
                state: Mutex::new(state),
            }),
        }
    }

    /// Whether these are the credentials in use: with the refresh token that is, or with one that it has replaced, which it would
    /// be wrong to go back to. After the token endpoint has refused the one in use, any other is a new start. Nothing can be said
    /// of two functions.
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

    /// Takes the functions of equal credentials where there was none. The first ones stay, since it cannot be said which of
    /// two functions is the better one; but not after a refusal, when the account may have installed the app again. Then they
    /// are given back, to be dropped without a lock, since that may run the user's code.
    pub(super) fn adopt(&self, credentials: &Credentials) -> Hooks {
        let Source::OAuth(oauth) = &credentials.0 else {
            return Hooks::default();
        };
        let mut state = self.shared.state();
        let before = match state.is_refused && !oauth.hooks.is_empty() {
            true => std::mem::replace(&mut state.hooks, oauth.hooks.clone()),
            false => Hooks::default(),
        };
        state.hooks.adopt(&oauth.hooks);
        before
    }

    /// Has an access token that does not end.
    #[cfg(test)]
    pub(super) fn keep_token(&self, token: &str) {
        self.shared.state().current = Some(Access {
            token: Secret::new(token),
            fresh_until: None,
        });
    }

    /// Whether there is nothing that it would be a loss to forget.
    pub(super) fn is_idle(&self, now: Duration) -> bool {
        let state = self.shared.state();
        let is_stored = |(_, handed): &(Secret, Handed)| *handed == Handed::Over;
        let is_over = |refreshing: &Refreshing| refreshing.task.is_finished();
        state.refreshing.as_deref().is_none_or(is_over)
            && state.handed_out.as_ref().is_none_or(is_stored)
            && state
                .current
                .as_ref()
                .is_none_or(|access| access.fresh_until.is_some_and(|end| end <= now))
    }

    /// A token to use now; not `refused`, which HubSpot has just answered with 401.
    pub(super) async fn token(
        &self,
        refused: Option<&Secret>,
        tools: &TokenTools<'_>,
    ) -> Result<Secret, NoToken> {
        // Of `for_portal` no setting says it.
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
        // Who waits loses patience, say with a function that stores the refresh token; the refresh itself goes on when
        // the next one waits for it.
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
        state: &mut State,
        oauth: &OAuth,
        now: Duration,
        refused: Option<&Secret>,
        tools: &TokenTools<'_>,
    ) -> Refreshing {
        state.begun += 1;
        let refresh = Refresh {
            number: state.begun,
            // If all that is wrong with the current token is that its refresh token has not been stored.
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
        let ended = task.map(|ended| match ended {
            Ok(ended) => Some(ended),
            Err(error) if error.is_cancelled() => None,
            Err(_panic) => {
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

fn hash(refresh_token: &Secret) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(refresh_token.expose().as_bytes());
    hasher.finish()
}

/// Whether tasks run on it.
async fn is_driven(runtime: &Handle) -> bool {
    let ping = runtime.spawn(async {});
    tokio::time::timeout(STALL, ping).await.is_ok()
}

impl State {
    /// Whether the refresh token belongs to what is in use.
    fn knows(&self, first: &OAuth, refresh_token: &Secret) -> bool {
        let handed_out = self.handed_out.as_ref().map(|(token, _)| token);
        let is_in_use = *handed_out.unwrap_or(&first.refresh_token) == *refresh_token;
        let was_in_use =
            first.refresh_token == *refresh_token || self.replaced.contains(&hash(refresh_token));
        is_in_use || was_in_use && !self.is_refused
    }

    /// HubSpot takes this refresh token from now on, and no other.
    fn replace(&mut self, used: &Secret, new: Secret) {
        if self.replaced.len() == REPLACED {
            self.replaced.pop_front();
        }
        self.replaced.push_back(hash(used));
        self.handed_out = Some((new, Handed::ToNone));
    }

    /// The current token, if it has not run out and was not refused.
    fn usable(&self, now: Duration, refused: Option<&Secret>) -> Option<Secret> {
        let access = self.current.as_ref()?;
        let is_fresh = access.fresh_until.is_none_or(|end| now < end);
        (is_fresh && refused != Some(&access.token)).then(|| access.token.clone())
    }

    /// The current token, if nothing is left to do for it.
    fn fresh(&self, now: Duration, refused: Option<&Secret>) -> Option<Secret> {
        let waits = |(_, handed): &(Secret, Handed)| *handed == Handed::ToNone;
        if self.hooks.store() && self.handed_out.as_ref().is_some_and(waits) {
            return None;
        }
        self.usable(now, refused)
    }
}

impl SharedTokens {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in between could leave it half written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The refresh with this number is over.
    fn end(&self, number: u64) {
        let mut state = self.state();
        let ended = state
            .refreshing
            .take_if(|refreshing| refreshing.number == number);
        // What it holds may be the user's, whose code must not run under the lock.
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
        // Turns may be held on a runtime that runs nothing, so none is waited for longer than a refresh takes.
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
        // Whatever else is wrong with the answer: HubSpot takes no other refresh token from now on.
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

    /// Hands the refresh token over that HubSpot has handed out, unless it is stored.
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
