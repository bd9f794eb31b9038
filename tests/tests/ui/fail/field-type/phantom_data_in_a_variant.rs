use std::marker::PhantomData;

use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event<T> {
    #[timeline(template_id = "1001298")]
    Adopted {
        #[timeline(email)]
        owner: String,
        of: PhantomData<T>,
    },
}

fn main() {}
