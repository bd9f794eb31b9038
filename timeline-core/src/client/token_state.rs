//! What is known of an account's tokens, and which refresh token counts.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hasher};
use std::time::Duration;

use futures_util::future::{BoxFuture, Shared};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use super::credentials_error::NoToken;
use super::oauth::{Hooks, OAuth};
use super::secret::Secret;

#[derive(Default)]
pub(super) struct TokenState {
    pub(super) current: Option<Access>,
    /// The refresh token that HubSpot has handed out last, if it has, and what became of it.
    pub(super) handed_out: Option<(Secret, Handed)>,
    /// Hashes of the last refresh tokens that were in use before that one: a program may have read one of them from its
    /// database in the meantime.
    pub(super) replaced: VecDeque<u64>,
    /// Whether the token endpoint has refused the refresh token in use.
    pub(super) is_refused: bool,
    pub(super) hooks: Hooks,
    /// The refresh under way. A request that needs a token waits for it and begins no other.
    pub(super) refreshing: Option<Box<Refreshing>>,
    /// How many refreshes have begun.
    pub(super) begun: u64,
}

#[derive(Clone)]
pub(super) struct Access {
    pub(super) token: Secret,
    /// In the clock's elapsed time; `None` for a token whose end is not known.
    pub(super) fresh_until: Option<Duration>,
}

/// What became of a refresh token that HubSpot has handed out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Handed {
    Over,
    /// There is no function to hand it to; one may come with another client for the account.
    ToNone,
    /// The function has failed.
    InVain,
}

#[derive(Clone)]
pub(super) struct Refreshing {
    pub(super) number: u64,
    /// `None` if the runtime of the refresh was shut down.
    pub(super) ended: Shared<BoxFuture<'static, Option<Result<Secret, NoToken>>>>,
    pub(super) task: AbortHandle,
    /// The runtime that it runs on.
    pub(super) runtime: Handle,
}

/// How many refresh tokens that were in use before are remembered.
const REPLACED: usize = 8;

impl TokenState {
    /// Whether the refresh token is the one in use, or was in use before. Once the one in use is refused, no other counts,
    /// unless the one in use was never stored: then the program has none but older ones.
    pub(super) fn knows(&self, first: &OAuth, refresh_token: &Secret) -> bool {
        let was_in_use =
            first.refresh_token == *refresh_token || self.replaced.contains(&hash(refresh_token));
        *self.in_use(first) == *refresh_token
            || was_in_use && !(self.is_refused && self.is_stored())
    }

    pub(super) fn in_use<'s>(&'s self, first: &'s OAuth) -> &'s Secret {
        let handed_out = self.handed_out.as_ref().map(|(token, _)| token);
        handed_out.unwrap_or(&first.refresh_token)
    }

    /// Whether no refresh token is in memory alone.
    pub(super) fn is_stored(&self) -> bool {
        let handed_out = self.handed_out.as_ref();
        handed_out.is_none_or(|(_, handed)| *handed == Handed::Over)
    }

    /// Remembers a refresh token that was in use before.
    pub(super) fn remember(&mut self, used: u64) {
        if self.replaced.contains(&used) {
            return;
        }
        if self.replaced.len() == REPLACED {
            self.replaced.pop_front();
        }
        self.replaced.push_back(used);
    }

    /// Notes that HubSpot takes the new refresh token from now on, and no other.
    pub(super) fn replace(&mut self, used: &Secret, new: Secret) {
        self.remember(hash(used));
        self.handed_out = Some((new, Handed::ToNone));
    }

    /// The current token, if it has not run out and was not refused.
    pub(super) fn usable(&self, now: Duration, refused: Option<&Secret>) -> Option<Secret> {
        let access = self.current.as_ref()?;
        let is_fresh = access.fresh_until.is_none_or(|end| now < end);
        (is_fresh && refused != Some(&access.token)).then(|| access.token.clone())
    }

    /// The current token, if it is usable and its refresh token does not wait for a function to store it.
    pub(super) fn fresh(&self, now: Duration, refused: Option<&Secret>) -> Option<Secret> {
        let waits = |(_, handed): &(Secret, Handed)| *handed == Handed::ToNone;
        if self.hooks.store() && self.handed_out.as_ref().is_some_and(waits) {
            return None;
        }
        self.usable(now, refused)
    }
}

pub(super) fn hash(refresh_token: &Secret) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(refresh_token.expose().as_bytes());
    hasher.finish()
}
