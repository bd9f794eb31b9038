//! What is done with the events of a request, as data: which end and how, and which go on in which next request. The
//! engine carries it out. Pure, for creates and for reading back alike.

use super::step::{Parts, Past, Step, Verdict};
use crate::delivery::outcome::reason::{NotSentReason, UndeliveredReason, UnknownReason};
use crate::delivery::outcome::rejection::RejectionReason;
use crate::wire::error_body::ErrorBody;
use crate::wire::texts::Text;

/// Why an event was refused, in HubSpot's words.
pub(in crate::delivery) type RefusalReason = (RejectionReason, Box<ErrorBody>);

/// What is done with one event.
#[derive(Debug, PartialEq)]
pub(in crate::delivery) struct Action {
    /// The event is uncertain from now on, for this reason. The flag says whether it may have arrived.
    pub(in crate::delivery) doubt: Option<(UnknownReason, bool)>,
    pub(in crate::delivery) then: Then,
}

/// Where an event goes.
#[derive(Debug, PartialEq)]
pub(in crate::delivery) enum Then {
    /// The texts are those of the answer.
    Created {
        object_id: Option<Text>,
        created_at: Option<Text>,
    },
    AlreadyExists,
    Reject(RejectionReason, Box<ErrorBody>),
    /// It ends by what is known of it: as unknown if it is uncertain, else as not sent for this reason.
    End(NotSentReason),
    /// The same, and nothing new leaves.
    Stop(NotSentReason),
    /// It is read back at once. If it was refused, this is the refusal.
    ReadBack(Option<RefusalReason>),
    /// It leaves at once in a new request, together with the others of its group.
    Group(Group),
    /// The request is made once more, for its remaining events.
    Again(Again),
}

/// Events that leave in new requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::delivery) enum Group {
    /// Events of which the answer said nothing.
    Together,
    /// Events whose ids seem to be in use.
    Apart,
    /// Events that are split.
    Split(Parts),
}

/// How a request is made once more.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::delivery) enum Again {
    /// At once, with another access token.
    WithAnotherToken,
    /// At once, through the API that the account has moved to.
    Moved,
    /// After a wait. `absent` says why its events are not on HubSpot; `None` if they may be there.
    Later {
        absent: Option<NotSentReason>,
        /// The answer was a success that did not list its events.
        unlisted: bool,
    },
}

/// What is done with an event. `refused`: the request reads it back because it was refused for this reason.
pub(in crate::delivery) fn action(
    step: Step,
    refused: Option<&RefusalReason>,
    of: &Verdict,
) -> Action {
    let certain = |then| Action { doubt: None, then };
    let in_doubt = |reason, lost, then| Action {
        doubt: Some((reason, lost)),
        then,
    };
    // An uncertain event ends as unknown, so this reason is not used.
    let unused = NotSentReason::Stopped;
    let again = |absent, unlisted| Then::Again(Again::Later { absent, unlisted });
    let group = |group| match of.leaves_in_doubt {
        // A success that does not name the event leaves it uncertain.
        true => in_doubt(UnknownReason::NotListed, of.lost, Then::Group(group)),
        false => certain(Then::Group(group)),
    };
    match step {
        Step::Created {
            object_id,
            created_at,
        } => certain(Then::Created {
            object_id,
            created_at,
        }),
        Step::AlreadyExists => certain(Then::AlreadyExists),
        Step::ReadBack(Some(refusal)) => certain(Then::ReadBack(Some(refusal))),
        // The id is in use, perhaps by this very event.
        Step::ReadBack(None) => in_doubt(UnknownReason::CannotReadBack, true, Then::ReadBack(None)),
        Step::Rejected(reason, body) => {
            // If the event is not there after all, the first refusal holds.
            let (reason, body) = refused.cloned().unwrap_or((reason, body));
            certain(Then::Reject(reason, body))
        }
        Step::NotFound => match refused.cloned() {
            Some((reason, body)) => certain(Then::Reject(reason, body)),
            // The id is in use, and which event has it cannot be seen.
            None => in_doubt(UnknownReason::CannotReadBack, true, Then::End(unused)),
        },
        Step::Unknown(reason) => in_doubt(reason, true, Then::End(unused)),
        Step::Stop(reason) => certain(Then::Stop(reason)),
        Step::Together => group(Group::Together),
        Step::Apart => group(Group::Apart),
        Step::Split(parts) => group(Group::Split(parts)),
        Step::Refresh => certain(Then::Again(Again::WithAnotherToken)),
        Step::Move => certain(Then::Again(Again::Moved)),
        Step::Later(UndeliveredReason::Unknown(reason)) => {
            let unlisted = reason == UnknownReason::NotListed;
            // As with a 500, HubSpot may have stored the event.
            let failed = reason == UnknownReason::NotItsFault;
            in_doubt(reason, of.lost || failed, again(None, unlisted))
        }
        Step::Later(UndeliveredReason::NotSent(reason)) => certain(again(Some(reason), false)),
    }
}

impl Group {
    /// What is known of the requests that these events leave in.
    pub(in crate::delivery) fn past(self, of: Past) -> Past {
        Past {
            // An answer did not name the events that go together; the parts of a split batch keep what their batch had.
            again: match self {
                Group::Together | Group::Apart => true,
                Group::Split(_) => of.again,
            },
            ..Past::default()
        }
    }
}

impl Again {
    /// Joins one more event of the same request: the last reason for its absence counts, and one success that does not
    /// list an event is enough. No answer asks for both another token and a wait.
    pub(in crate::delivery) fn join(&mut self, other: Again) {
        if let (
            Again::Later { absent, unlisted },
            Again::Later {
                absent: another,
                unlisted: also,
            },
        ) = (self, other)
        {
            *absent = another.or(absent.take());
            *unlisted |= also;
        }
    }

    /// What is known of the request from now on.
    pub(in crate::delivery) fn past(&self, of: Past) -> Past {
        match self {
            Again::WithAnotherToken => Past {
                refused: true,
                ..of
            },
            Again::Moved => Past::default(),
            Again::Later { unlisted, .. } => Past {
                again: of.again || *unlisted,
                refused: false,
                failures: of.failures + 1,
                ..of
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Action, Again, Group, RefusalReason, Then, action};
    use crate::delivery::outcome::reason::{NotSentReason, UndeliveredReason, UnknownReason};
    use crate::delivery::outcome::rejection::RejectionReason;
    use crate::delivery::verdict::step::{Parts, Past, Step, Verdict};
    use crate::wire::texts::{Text, Texts};

    fn verdict(leaves_in_doubt: bool, lost: bool) -> Verdict {
        Verdict {
            steps: Vec::new(),
            least_wait: Duration::ZERO,
            leaves_in_doubt,
            lost,
        }
    }

    fn refusal(status: u16) -> RefusalReason {
        (RejectionReason::Refused(status), Box::default())
    }

    fn rejected(status: u16) -> Then {
        Then::Reject(RejectionReason::Refused(status), Box::default())
    }

    fn later(absent: Option<NotSentReason>, unlisted: bool) -> Then {
        Then::Again(Again::Later { absent, unlisted })
    }

    /// The event was to be created.
    #[test]
    fn what_is_done_after_a_create() {
        let seven = Texts::default().add("7");
        let created = |object_id: Option<Text>| Step::Created {
            object_id,
            created_at: None,
        };
        let unknown = |reason| Step::Later(UndeliveredReason::Unknown(reason));
        let not_sent = |reason| Step::Later(UndeliveredReason::NotSent(reason));
        let (failed, refused) = (verdict(false, true), verdict(true, false));
        let stopped = Then::End(NotSentReason::Stopped);
        let cannot_read = Some((UnknownReason::CannotReadBack, true));
        for (step, of, doubt, then) in [
            (
                created(Some(seven)),
                &refused,
                None,
                Then::Created {
                    object_id: Some(seven),
                    created_at: None,
                },
            ),
            (Step::AlreadyExists, &refused, None, Then::AlreadyExists),
            (
                Step::Rejected(RejectionReason::Refused(400), Box::default()),
                &refused,
                None,
                rejected(400),
            ),
            (
                Step::ReadBack(None),
                &refused,
                cannot_read.clone(),
                Then::ReadBack(None),
            ),
            (
                Step::ReadBack(Some(refusal(400))),
                &refused,
                None,
                Then::ReadBack(Some(refusal(400))),
            ),
            (
                Step::Unknown(UnknownReason::Unreadable),
                &refused,
                Some((UnknownReason::Unreadable, true)),
                stopped,
            ),
            (
                Step::Stop(NotSentReason::Unauthorized),
                &failed,
                None,
                Then::Stop(NotSentReason::Unauthorized),
            ),
            (
                Step::Refresh,
                &failed,
                None,
                Then::Again(Again::WithAnotherToken),
            ),
            (Step::Move, &failed, None, Then::Again(Again::Moved)),
            // A refusal says that events are not there; a success that does not name events leaves them uncertain.
            (Step::Together, &failed, None, Then::Group(Group::Together)),
            (
                Step::Together,
                &refused,
                Some((UnknownReason::NotListed, false)),
                Then::Group(Group::Together),
            ),
            (
                Step::Apart,
                &verdict(true, true),
                Some((UnknownReason::NotListed, true)),
                Then::Group(Group::Apart),
            ),
            (
                Step::Split(Parts::Singles),
                &failed,
                None,
                Then::Group(Group::Split(Parts::Singles)),
            ),
            (
                unknown(UnknownReason::TimedOut),
                &failed,
                Some((UnknownReason::TimedOut, true)),
                later(None, false),
            ),
            (
                unknown(UnknownReason::NotListed),
                &refused,
                Some((UnknownReason::NotListed, false)),
                later(None, true),
            ),
            // HubSpot failed on this event, and may have stored it, whatever its errors say of others.
            (
                unknown(UnknownReason::NotItsFault),
                &refused,
                Some((UnknownReason::NotItsFault, true)),
                later(None, false),
            ),
            (
                not_sent(NotSentReason::Locked),
                &failed,
                None,
                later(Some(NotSentReason::Locked), false),
            ),
        ] {
            let what = format!("{step:?}");
            assert_eq!(action(step, None, of), Action { doubt, then }, "{what}");
        }
    }

    /// The event is read back because its id is in use, or because it was refused after an answer was lost.
    #[test]
    fn what_is_done_after_reading_back() {
        let taken = || Step::Rejected(RejectionReason::IdTaken, Box::default());
        let id_taken = Then::Reject(RejectionReason::IdTaken, Box::default());
        let in_doubt = Some((UnknownReason::CannotReadBack, true));
        let stopped = || Then::End(NotSentReason::Stopped);
        for (step, refused, doubt, then) in [
            (Step::AlreadyExists, None, None, Then::AlreadyExists),
            (
                Step::AlreadyExists,
                Some(refusal(400)),
                None,
                Then::AlreadyExists,
            ),
            (taken(), None, None, id_taken),
            (taken(), Some(refusal(400)), None, rejected(400)),
            (Step::NotFound, None, in_doubt.clone(), stopped()),
            (Step::NotFound, Some(refusal(422)), None, rejected(422)),
            (
                Step::Unknown(UnknownReason::CannotReadBack),
                Some(refusal(400)),
                in_doubt,
                stopped(),
            ),
        ] {
            let what = format!("{step:?} {refused:?}");
            let done = action(step, refused.as_ref(), &verdict(false, true));
            assert_eq!(done, Action { doubt, then }, "{what}");
        }
    }

    /// Several events wait for another try of one request.
    #[test]
    fn waits_of_one_request_are_joined() {
        let (locked, limited) = (NotSentReason::Locked, NotSentReason::RateLimited);
        let later = |absent: Option<&NotSentReason>, unlisted| Again::Later {
            absent: absent.cloned(),
            unlisted,
        };
        for (first, next, both) in [
            (later(None, false), later(None, false), later(None, false)),
            (
                later(None, false),
                later(Some(&locked), true),
                later(Some(&locked), true),
            ),
            (
                later(Some(&locked), true),
                later(None, false),
                later(Some(&locked), true),
            ),
            (
                later(Some(&locked), false),
                later(Some(&limited), false),
                later(Some(&limited), false),
            ),
            (
                Again::WithAnotherToken,
                Again::WithAnotherToken,
                Again::WithAnotherToken,
            ),
        ] {
            let mut joined = first.clone();
            joined.join(next.clone());
            assert_eq!(joined, both, "{first:?} {next:?}");
        }
    }

    #[test]
    fn what_is_known_of_the_next_requests() {
        let past = |again, refused, failures| Past {
            again,
            refused,
            failures,
            ..Past::default()
        };
        let later = |unlisted| Again::Later {
            absent: None,
            unlisted,
        };
        for (before, next, after) in [
            (past(false, true, 2), Group::Together, past(true, false, 0)),
            (past(false, true, 2), Group::Apart, past(true, false, 0)),
            (
                past(false, true, 2),
                Group::Split(Parts::Halves),
                past(false, false, 0),
            ),
            (
                past(true, true, 2),
                Group::Split(Parts::Singles),
                past(true, false, 0),
            ),
        ] {
            assert_eq!(next.past(before), after, "{before:?} {next:?}");
        }
        for (before, next, after) in [
            (
                past(true, false, 2),
                Again::WithAnotherToken,
                past(true, true, 2),
            ),
            (past(true, true, 2), Again::Moved, past(false, false, 0)),
            (past(false, true, 2), later(false), past(false, false, 3)),
            (past(true, true, 2), later(false), past(true, false, 3)),
            (past(false, false, 0), later(true), past(true, false, 1)),
        ] {
            assert_eq!(next.past(before), after, "{before:?} {next:?}");
        }
    }
}
