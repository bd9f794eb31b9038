//! Which error of a batch answer is about which event.

use std::collections::HashMap;

use crate::delivery::encode::Event;
use crate::wire::v3::EventError;

/// The errors that name events. Nothing ties the two by position, so only ids count.
pub(super) struct Named<'e> {
    by_event: HashMap<usize, Name<'e>>,
}

struct Name<'e> {
    error: &'e EventError,
    /// Whether it is hardly a coincidence: the id stands where ids stand, or is too long for one.
    certain: bool,
}

/// Ids of so many bytes are no common words.
const LONG: usize = 8;

impl<'e> Named<'e> {
    /// `is_listed` tells of an event, by its place, whether the answer lists it as created.
    pub(super) fn new(
        events: &[Event],
        errors: &'e [EventError],
        is_listed: impl Fn(usize) -> bool,
    ) -> Self {
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for (place, event) in events.iter().enumerate() {
            places.entry(&event.id).or_default().push(place);
        }
        // An id is unique in its template only: of several events that have it, the one that is not listed is meant.
        let place_of = |id: &str| match &places.get(id)?[..] {
            [place] => Some(*place),
            several => {
                let mut unlisted = several.iter().filter(|place| !is_listed(**place));
                unlisted
                    .next()
                    .filter(|_| unlisted.next().is_none())
                    .copied()
            }
        };
        let mut by_event = HashMap::new();
        for error in errors {
            let mut matched: Vec<(usize, bool)> = error
                .names
                .iter()
                .filter_map(|(name, is_id)| Some((place_of(name)?, *is_id || name.len() >= LONG)))
                .collect();
            if let (true, Some(message)) = (matched.is_empty(), &error.body.message) {
                matched = places
                    .keys()
                    .filter(|id| mentions(message, id))
                    .filter_map(|id| Some((place_of(id)?, id.len() >= LONG)))
                    .collect();
                // A message that seems to name several names none for certain.
                if matched.len() > 1 {
                    matched.clear();
                }
            }
            for (place, certain) in matched {
                by_event.entry(place).or_insert(Name { error, certain });
            }
        }
        Named { by_event }
    }

    /// The error of the event at this place. It beats a listing, unless it may be a coincidence.
    pub(super) fn error_of(&self, place: usize, is_listed: bool) -> Option<&'e EventError> {
        let name = self.by_event.get(&place)?;
        (name.certain || !is_listed).then_some(name.error)
    }
}

/// Whether a message names an id: as a word of its own, and a short one only between quotes or brackets, since "1" or
/// "id" may be any word. An id that is a common longer word can still be mistaken.
pub(super) fn mentions(message: &str, id: &str) -> bool {
    const SHORT: usize = 4;
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
        // A full stop or colon ends a sentence or introduces one, if no more of a word follows.
        let ends = |c: char| {
            !is_id_like(c) || (matches!(c, '.' | ':') && beyond.is_none_or(|c| !is_id_like(c)))
        };
        before.is_none_or(|c| !is_id_like(c)) && next.is_none_or(ends)
    })
}
