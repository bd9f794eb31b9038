//! What the client needs to refresh access tokens, and the functions that are told of new refresh tokens.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::callback::{CallerId, Calling};
use super::metrics::{Watcher, names};
use super::secret::{Flaw, Secret};
use crate::error::Cause;
use crate::guard::apart;
use crate::trace;

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
    pub(super) client_id: String,
    pub(super) client_secret: Secret,
    pub(super) refresh_token: Secret,
    pub(super) hooks: Hooks,
}

type Store = Arc<
    dyn Fn(String) -> BoxFuture<'static, Result<(), Box<dyn StdError + Send + Sync>>> + Send + Sync,
>;

type StoreFailed = Arc<dyn Fn(&StoreError) + Send + Sync>;

/// The user's functions, if there are any.
#[derive(Clone, Default)]
pub(super) struct Hooks(Option<Arc<Functions>>);

#[derive(Clone, Default)]
struct Functions {
    store: Option<Store>,
    store_failed: Option<StoreFailed>,
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
            hooks: Hooks::default(),
        }
    }

    /// Called with the refresh token to use from now on, whenever HubSpot hands out another one. The client waits for
    /// it before it goes on, for as long as one attempt may take.
    ///
    /// The function returns `()` or a `Result<(), E>`. If it returns an error, panics or does not end in time, the new
    /// token is used all the same, since HubSpot takes no other; but after a restart the account would be lost. So the
    /// failure is told: by a WARN (feature `tracing`; the error's text without the token), by the counter
    /// [`TOKEN_STORE_FAILURES`](crate::metrics::TOKEN_STORE_FAILURES), and to [`on_store_failed`](Self::on_store_failed).
    /// With the next refresh the token is handed over again.
    ///
    /// ```
    /// use timeline_core::OAuth;
    ///
    /// # async fn save(token: &str) -> std::io::Result<()> { Ok(()) }
    /// let oauth = OAuth::new("client-id", "client-secret", "refresh-token")
    ///     .on_refresh(|token| async move { save(&token).await })
    ///     .on_store_failed(|error| eprintln!("{error}: {:?}", std::error::Error::source(error)));
    /// ```
    #[must_use]
    pub fn on_refresh<F, Fut>(mut self, store: F) -> Self
    where
        F: Fn(String) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: Stored> + Send + 'static,
    {
        self.hooks.functions().store = Some(Arc::new(move |token| {
            let stored = store(token);
            Box::pin(async move { stored.await.into_result() })
        }));
        self
    }

    /// Called when [`on_refresh`](Self::on_refresh) has failed, with the error and the token that is not stored: the last
    /// chance to keep it somewhere. It runs in the refresh, so it should be quick.
    #[must_use]
    pub fn on_store_failed(mut self, tell: impl Fn(&StoreError) + Send + Sync + 'static) -> Self {
        self.hooks.functions().store_failed = Some(Arc::new(tell));
        self
    }

    /// The first part of the credentials that cannot be right.
    pub(super) fn flaw(&self) -> Option<(&'static str, Flaw)> {
        [
            ("the client id", &*self.client_id),
            ("the client secret", self.client_secret.expose()),
            ("the refresh token", self.refresh_token.expose()),
        ]
        .into_iter()
        .find_map(|(what, text)| Some((what, super::secret::flaw_of(text)?)))
    }
}

impl fmt::Debug for OAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuth")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// What a function that stores a refresh token may return: `()`, or a `Result<(), E>` with any error.
#[diagnostic::on_unimplemented(
    message = "a function that stores refresh tokens gives `()` or a `Result<(), E>`, not `{Self}`",
    label = "gives `{Self}`",
    note = "`E` is any error that `Box<dyn std::error::Error + Send + Sync>` can be made from; where `?` leaves it open, end with `Ok::<(), YourError>(())`"
)]
pub trait Stored: sealed::Sealed + Send {
    #[doc(hidden)]
    fn into_result(self) -> Result<(), Box<dyn StdError + Send + Sync>>;
}

impl Stored for () {
    fn into_result(self) -> Result<(), Box<dyn StdError + Send + Sync>> {
        Ok(())
    }
}

impl<E: Into<Box<dyn StdError + Send + Sync>> + Send> Stored for Result<(), E> {
    fn into_result(self) -> Result<(), Box<dyn StdError + Send + Sync>> {
        self.map_err(Into::into)
    }
}

/// For a function that never ends, or ends in a panic.
impl Stored for sealed::Never {
    fn into_result(self) -> Result<(), Box<dyn StdError + Send + Sync>> {
        self
    }
}

mod sealed {
    pub trait Sealed {}

    /// The return type of a function pointer type. With it, the type `!` of a function that never returns can be named.
    pub trait Gives {
        type Output;
    }

    impl<T> Gives for fn() -> T {
        type Output = T;
    }

    pub(super) type Never = <fn() -> ! as Gives>::Output;

    impl Sealed for () {}

    impl Sealed for Never {}

    impl<E> Sealed for Result<(), E> {}
}

/// A new refresh token could not be stored. Neither `Display` nor `Debug` shows it; the error of the function that
/// should store it is the [`source`](std::error::Error::source).
pub struct StoreError {
    portal_id: Option<u64>,
    refresh_token: Secret,
    cause: Cause,
}

impl StoreError {
    /// The account that the token is for, where that is known.
    #[must_use]
    pub fn portal_id(&self) -> Option<u64> {
        self.portal_id
    }

    /// The refresh token that is not stored, and is the only one that HubSpot takes from now on.
    #[must_use]
    pub fn refresh_token(&self) -> &str {
        self.refresh_token.expose()
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the new refresh token ")?;
        if let Some(id) = self.portal_id {
            write!(f, "of account {id} ")?;
        }
        f.write_str("could not be stored: after a restart the account would be lost")
    }
}

impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreError({self})")
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.cause.error())
    }
}

impl Hooks {
    fn functions(&mut self) -> &mut Functions {
        Arc::make_mut(self.0.get_or_insert_default())
    }

    /// Whether there is a function that stores refresh tokens.
    pub(super) fn store(&self) -> bool {
        self.0.as_ref().is_some_and(|own| own.store.is_some())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Takes each function of the others that is missing here.
    pub(super) fn adopt(&mut self, others: &Hooks) {
        let Some(others) = &others.0 else {
            return;
        };
        let own = self.functions();
        if own.store.is_none() {
            own.store.clone_from(&others.store);
        }
        if own.store_failed.is_none() {
            own.store_failed.clone_from(&others.store_failed);
        }
    }

    /// Gives a refresh token to the user's function. Returns whether it is stored. A failure is logged, counted, and told
    /// to `on_store_failed`.
    pub(super) async fn hand_over(
        &self,
        token: &Secret,
        portal_id: Option<u64>,
        limit: Duration,
        metrics: &Watcher,
        caller: CallerId,
    ) -> bool {
        let Some(own) = &self.0 else {
            return false;
        };
        let Some(store) = &own.store else {
            return false;
        };
        let stored = async { store(token.expose().to_owned()).await };
        let stored = Calling::limited(caller, limit, ("`on_refresh`", "end"), stored);
        let Err(cause) = stored.await else {
            return true;
        };
        metrics.add(names::TOKEN_STORE_FAILURES, 1);
        trace::refresh_token_not_stored(portal_id, &cause.replace(token.expose(), "<secret>"));
        if let Some(tell) = &own.store_failed {
            let error = StoreError {
                portal_id,
                refresh_token: token.clone(),
                cause,
            };
            let _calling = Calling::begin(caller);
            // A panic of the user's function is ignored.
            let _ = apart(|| tell(&error));
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::{OAuth, Secret};

    #[test]
    fn no_secret_is_shown() {
        let oauth = OAuth::new("app", "canary-secret", "canary-refresh");
        let shown = format!("{oauth:?} {:?}", Secret::new("canary-token"));
        assert!(!shown.contains("canary"), "{shown}");
        assert!(shown.contains("app"));
    }
}
