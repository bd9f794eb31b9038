//! Attributes in the hand of a user: nothing is warned of.

#![deny(warnings)]
#![allow(dead_code)]

use std::marker::PhantomData;

use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", header = "Adopted")]
enum Event {
    Tagged(Tagged<Event>),
    Boxed(Box<Tagged<u8>>),
    // The first variant of a template decides; one that says nothing has nothing to mend.
    #[timeline(template_id = "1001299", header = "Won")]
    Won {
        #[timeline(email)]
        owner: String,
    },
    #[timeline(template_id = "1001299")]
    Lost {
        #[timeline(email)]
        owner: String,
    },
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Tagged<T> {
    #[timeline(email)]
    owner: String,
    #[timeline(skip)]
    of: PhantomData<T>,
}

fn main() {
    assert_eq!(Event::templates().len(), 2);
}
