//! Which error of an answer is about which event.

use std::collections::HashMap;

use crate::delivery::intake::event::Event;
use crate::wire::answer::{EventError, NameRank};

/// The errors of an answer, by the events that they name. An error's position says nothing about its event, so only ids
/// count.
pub(super) struct Named<'e> {
    certain: HashMap<usize, &'e EventError>,
    loose: Vec<&'e EventError>,
}

/// Events by their places in the request, and errors.
type Pairs<'e> = Vec<(usize, &'e EventError)>;

impl<'e> Named<'e> {
    /// `is_listed` says of the event in a place whether the answer lists it as created.
    pub(super) fn new(
        events: &[Event],
        errors: &'e [EventError],
        is_listed: impl Fn(usize) -> bool,
    ) -> Self {
        let mut named = Named {
            certain: HashMap::new(),
            loose: Vec::new(),
        };
        if errors.is_empty() {
            return named;
        }
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for (place, event) in events.iter().enumerate() {
            places.entry(event.id()).or_default().push(place);
        }
        for error in errors {
            let fits = |place: &&usize| {
                let event = events.get(**place);
                event.is_some_and(|event| may_be_of(error, &event.template))
            };
            // An id is unique in its template only: of several events that have it, the error means the one that is not
            // listed.
            let place_of = |id: &str| {
                let fitting: Vec<usize> = places.get(id)?.iter().filter(fits).copied().collect();
                match &fitting[..] {
                    [place] => Some(*place),
                    several => only(several.iter().filter(|place| !is_listed(**place))).copied(),
                }
            };
            // An inner error can hold another event's id, for instance of an event that is in the way, so the outermost
            // place for ids says which event the error is about.
            let rank = error
                .names
                .iter()
                .filter(|(name, rank)| *rank != NameRank::Word && place_of(name).is_some())
                .map(|(_, rank)| *rank)
                .min();
            match rank {
                Some(rank) => {
                    let names = error.names.iter().filter(|(_, other)| *other == rank);
                    for place in names.filter_map(|(name, _)| place_of(name)) {
                        named.certain.entry(place).or_insert(error);
                    }
                }
                None if error.names.iter().all(|(_, rank)| *rank == NameRank::Word) => {
                    named.loose.push(error);
                }
                // The error is about an event that is not in the request.
                None => {}
            }
        }
        named
    }

    /// The error that has this event's id in a place for ids. It counts more than a listing.
    pub(super) fn error_of(&self, place: usize) -> Option<&'e EventError> {
        self.certain.get(&place).copied()
    }

    /// The errors that have no event's id in a place for ids.
    pub(super) fn loose(&self) -> &[&'e EventError] {
        &self.loose
    }

    /// The undecided events whose ids are in the words of these errors: in messages, and in context values that are not for
    /// ids. An error that may mean several events names none of them.
    ///
    /// An id is easily a common word, so this is certain only if each of the errors has found an event of its own.
    pub(super) fn by_words(&self, events: &[Event], undecided: &[usize]) -> Pairs<'e> {
        let has_words = |(error, place): (&EventError, usize)| {
            events.get(place).is_some_and(|event| {
                let names = || error.names.iter().any(|(name, _)| *name == *event.id());
                let message = error.body.message.as_deref();
                may_be_of(error, &event.template)
                    && (names() || message.is_some_and(|message| mentions(message, event.id())))
            })
        };
        let found = self.loose.iter().filter_map(|error| {
            let mut means = undecided.iter().filter(|place| has_words((error, **place)));
            Some((*only(&mut means)?, *error))
        });
        found.collect()
    }
}

/// The one element, if there is one and no second.
fn only<T>(mut elements: impl Iterator<Item = T>) -> Option<T> {
    elements.next().filter(|_| elements.next().is_none())
}

/// Whether the error may be about an event of this template: it names this template, or no template.
fn may_be_of(error: &EventError, template_id: &str) -> bool {
    error.template_ids.is_empty() || error.template_ids.iter().any(|id| id == template_id)
}

/// Whether each of the errors has found an event of its own, and no undecided event is left.
pub(super) fn are_all_found(
    pairs: &[(usize, &EventError)],
    errors: usize,
    undecided: usize,
) -> bool {
    let mut places: Vec<usize> = pairs.iter().map(|(place, _)| *place).collect();
    places.sort_unstable();
    places.dedup();
    places.len() == errors && errors == undecided
}

/// Whether a message names an id as a word of its own. A short id counts only between quotes or brackets, since "1" or
/// "id" may be any word. An id that is a common longer word can still be mistaken.
pub(super) fn mentions(message: &str, id: &str) -> bool {
    const SHORT: usize = 4;
    if id.is_empty() {
        return false;
    }
    let is_id_like =
        |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '/' | ':');
    let is_quote = |c: char| {
        matches!(
            c,
            '"' | '\'' | '`' | '[' | ']' | '(' | ')' | '<' | '>' | '{' | '}'
        )
    };
    message.match_indices(id).any(|(start, _)| {
        let before = message
            .get(..start)
            .and_then(|text| text.chars().next_back());
        let mut after = message.get(start + id.len()..).unwrap_or_default().chars();
        let (next, beyond) = (after.next(), after.next());
        if id.len() < SHORT {
            return before.is_some_and(is_quote) && next.is_some_and(is_quote);
        }
        // A full stop or a colon does not belong to the id, if no more of a word follows.
        let ends = |c: char| {
            !is_id_like(c) || (matches!(c, '.' | ':') && beyond.is_none_or(|c| !is_id_like(c)))
        };
        before.is_none_or(|c| !is_id_like(c)) && next.is_none_or(ends)
    })
}
