//! Streams of events with a tag of the caller's beside each event.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::Stream;

use crate::client::Client;
use crate::delivery::outcome::event::Outcome;
use crate::delivery::stream::Outcomes;
use crate::event::TimelineEvent;

impl Client {
    /// As [`send_stream`](Self::send_stream), with something of yours beside each event that comes back with its outcome:
    /// a row's number, a message to acknowledge, a channel to answer through. It is moved, never copied.
    ///
    /// The outcomes come in the order in which they are known. Of a whole batch, the outcomes are in the input's order,
    /// and need no tags: `rows.iter().zip(report.outcomes())`.
    ///
    /// ```
    /// # #[cfg(all(feature = "sandbox", feature = "derive"))]
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use futures_util::{StreamExt, stream};
    /// use timeline_core::{EventInput, Sandbox};
    /// # let sandbox = Sandbox::start().await?;
    /// # let template = timeline_core::EventTemplate::new("Visited", timeline_core::ObjectType::Contacts);
    /// # let template_id = sandbox.add_template(template);
    /// # let client = sandbox.client();
    ///
    /// struct Message(u64); // of a queue, say
    /// let received = stream::iter(1..=3).map(|n| {
    ///     let event = EventInput::new(&template_id).email(format!("visitor-{n}@example.com"));
    ///     (Message(n), event)
    /// });
    /// let mut outcomes = client.send_tagged(received);
    /// while let Some((Message(n), outcome)) = outcomes.next().await {
    ///     println!("message {n}: {outcome}"); // acknowledge it, or give it back
    /// }
    /// # assert_eq!(sandbox.event_count(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send_tagged<'e, S, T, E>(&self, events: S) -> TaggedOutcomes<'e, T>
    where
        S: Stream<Item = (T, E)> + Send + 'e,
        T: Send + 'e,
        E: TimelineEvent,
    {
        let tags = Tags::default();
        let untagged = Untagged {
            events: Box::pin(events),
            tags: tags.clone(),
            taken: 0,
        };
        TaggedOutcomes {
            outcomes: self.send_stream(untagged),
            tags,
        }
    }
}

/// What becomes of the events of a stream, each with its tag; see [`Client::send_tagged`].
#[must_use = "nothing is sent until this is polled"]
pub struct TaggedOutcomes<'e, T> {
    outcomes: Outcomes<'e>,
    tags: Tags<T>,
}

impl<'e, T> TaggedOutcomes<'e, T> {
    /// As [`Outcomes::concurrency`].
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.outcomes = self.outcomes.concurrency(requests);
        self
    }

    /// As [`Outcomes::linger`].
    pub fn linger(mut self, time: Duration) -> Self {
        self.outcomes = self.outcomes.linger(time);
        self
    }

    /// As [`Outcomes::for_a_queue`].
    pub(crate) fn for_a_queue(mut self) -> Self {
        self.outcomes = self.outcomes.for_a_queue();
        self
    }

    /// As [`Outcomes::stop_on`].
    pub fn stop_on(mut self, stop: impl Future + Send + 'e) -> Self {
        self.outcomes = self.outcomes.stop_on(stop);
        self
    }
}

impl<T> Stream for TaggedOutcomes<'_, T> {
    type Item = (T, Outcome);

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let next = ready!(Pin::new(&mut self.outcomes).poll_next(context));
            let Some((index, outcome)) = next else {
                return Poll::Ready(None);
            };
            let tag = self.tags.lock().remove(&index);
            debug_assert!(tag.is_some(), "every event was taken with a tag");
            if let Some(tag) = tag {
                return Poll::Ready(Some((tag, outcome)));
            }
        }
    }
}

impl<T> fmt::Debug for TaggedOutcomes<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaggedOutcomes").finish_non_exhaustive()
    }
}

/// The tags of events that have no outcome yet, by the events' places in the input.
pub(crate) struct Tags<T>(Arc<Mutex<HashMap<usize, T>>>);

impl<T> Tags<T> {
    pub(crate) fn lock(&self) -> MutexGuard<'_, HashMap<usize, T>> {
        // No code of the user's runs under this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Clone for Tags<T> {
    fn clone(&self) -> Self {
        Tags(Arc::clone(&self.0))
    }
}

impl<T> Default for Tags<T> {
    fn default() -> Self {
        Tags(Arc::default())
    }
}

/// The stream of events without their tags, which go into `tags`.
struct Untagged<S, T> {
    events: Pin<Box<S>>,
    tags: Tags<T>,
    taken: usize,
}

impl<S: Stream<Item = (T, E)>, T, E> Stream for Untagged<S, T> {
    type Item = E;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<E>> {
        let next = ready!(self.events.as_mut().poll_next(context));
        Poll::Ready(next.map(|(tag, event)| {
            self.tags.lock().insert(self.taken, tag);
            self.taken += 1;
            event
        }))
    }
}
