//! Credentials that are looked up when an account needs them: in a map, or in a database.

use std::error::Error as StdError;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::callback::Calling;
use super::credentials::Credentials;
use super::credentials_error::{CredentialsError, CredentialsErrorKind};
use super::root::Client;
use crate::error::Cause;
use crate::guard::apart;
use crate::trace;

/// What the user's function gives.
type LookedUp = Result<Option<Credentials>, Box<dyn StdError + Send + Sync>>;

/// The user's function that knows the credentials of accounts.
#[derive(Clone)]
pub(crate) struct CredentialsLookup(Arc<dyn Fn(u64) -> BoxFuture<'static, LookedUp> + Send + Sync>);

impl CredentialsLookup {
    pub(crate) fn new<F, Fut>(look_up: F) -> Self
    where
        F: Fn(u64) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: FoundCredentials> + Send + 'static,
    {
        CredentialsLookup(Arc::new(move |portal_id| {
            let found = look_up(portal_id);
            Box::pin(async move { found.await.into_result() })
        }))
    }
}

/// What a function that looks up an account's credentials may return: an `Option`, or a `Result` of an `Option` with any
/// error. `None` says that the account has not installed the app. See [`Client::senders`] and
/// [`Relay::credentials`](crate::Relay::credentials).
#[diagnostic::on_unimplemented(
    message = "a function that looks up credentials gives an `Option<C>` or a `Result<Option<C>, E>`, not `{Self}`",
    label = "gives `{Self}`",
    note = "`C` is `Credentials` or `OAuth`, and `E` any error that `Box<dyn std::error::Error + Send + Sync>` can be made from"
)]
pub trait FoundCredentials: sealed::Sealed + Send {
    #[doc(hidden)]
    fn into_result(self) -> Result<Option<Credentials>, Box<dyn StdError + Send + Sync>>;
}

impl<C: Into<Credentials> + Send> FoundCredentials for Option<C> {
    fn into_result(self) -> LookedUp {
        Ok(self.map(Into::into))
    }
}

impl<C, E> FoundCredentials for Result<Option<C>, E>
where
    C: Into<Credentials> + Send,
    E: Into<Box<dyn StdError + Send + Sync>> + Send,
{
    fn into_result(self) -> LookedUp {
        Ok(self.map_err(Into::into)?.map(Into::into))
    }
}

mod sealed {
    pub trait Sealed {}

    impl<C> Sealed for Option<C> {}

    impl<C, E> Sealed for Result<Option<C>, E> {}
}

impl Client {
    /// Makes a client for the same account with the credentials that are looked up; `None` if the account has none. A
    /// function that fails is asked again for as long as the patience lasts.
    pub(crate) async fn find_credentials(
        &self,
        lookup: &CredentialsLookup,
    ) -> Result<Option<Client>, CredentialsError> {
        let (root, portal_id) = (&self.root, self.portal.id.unwrap_or_default());
        let mut failures = 0;
        let mut first_failure = None;
        loop {
            let cause = match self.asked(lookup, portal_id).await {
                Ok(found) => return Ok(found.map(|found| self.with_credentials(portal_id, found))),
                Err(cause) => cause,
            };
            // A subscriber is the user's code, and may panic.
            apart(|| trace::lookup_failed(Some(portal_id), &cause));
            failures += 1;
            let now = root.clock.elapsed();
            let since = now.saturating_sub(*first_failure.get_or_insert(now));
            match root
                .retry
                .next_wait(failures, since, Duration::ZERO, root.chance())
            {
                Some(wait) => root.clock.sleep(wait).await,
                None => {
                    let words = "no access token could be had: the function that looks up the account's credentials failed (its error is \
                         the `source()`)";
                    let error = CredentialsError::new(CredentialsErrorKind::LookupFailed);
                    return Err(error.in_words(words).caused_by(cause));
                }
            }
        }
    }

    /// Calls the user's function once.
    async fn asked(
        &self,
        lookup: &CredentialsLookup,
        portal_id: u64,
    ) -> Result<Option<Credentials>, Cause> {
        let asked = async { (lookup.0)(portal_id).await };
        let (caller, limit) = (self.root.caller_id(), self.root.http.timeout);
        Calling::limited(caller, limit, ("the function", "answer"), asked).await
    }
}
