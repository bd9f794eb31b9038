//! What the answer to the lookup of an event type's full name means for the events that wait for it. These events have not
//! left, so none becomes uncertain.

use super::create::judge;
use super::step::{Past, Step, Verdict, absent};
use crate::client::Reply;
use crate::delivery::intake::event::Event;
use crate::delivery::outcome::reason::{NotSentReason, UndeliveredReason};
use crate::delivery::outcome::rejection::RejectionReason;
use crate::wire::answer::Content;
use crate::wire::meaning::Meaning;

/// Whether the answer tells the name, or that there is none.
pub(in crate::delivery) fn is_looked_up(reply: &Reply) -> bool {
    match reply {
        Reply::Answer(answer) => match &answer.content {
            Content::TypeName(_) => true,
            _ => answer.says_not_found(),
        },
        Reply::Failure(_) | Reply::NoToken(_) => false,
    }
}

/// Judges any other answer as that to a create, except that nothing becomes uncertain and that a refusal rejects the
/// events.
pub(in crate::delivery) fn judge_lookup(events: &[Event], past: Past, reply: &Reply) -> Verdict {
    let refused = match reply {
        Reply::Answer(answer) if answer.means() == Meaning::Refused => answer.error(),
        _ => None,
    };
    let status = match reply {
        Reply::Answer(answer) => answer.status,
        Reply::Failure(_) | Reply::NoToken(_) => 0,
    };
    let mut verdict = judge(events, past, reply);
    for step in &mut verdict.steps {
        if let Some(error) = refused {
            let body = Box::new(error.body.clone());
            *step = Step::Rejected(RejectionReason::Refused(status), body);
        } else if !matches!(
            step,
            Step::Refresh | Step::Stop(_) | Step::Later(UndeliveredReason::NotSent(_))
        ) {
            *step = absent(NotSentReason::EventTypeUnknown);
        }
    }
    verdict.leaves_in_doubt = false;
    verdict.lost = false;
    verdict
}
