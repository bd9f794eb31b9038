use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event<'a> {
    Lent(&'a Event<'a>),
    Boxed(Box<Self>),
    Shared(std::sync::Arc<Option<Event<'a>>>),
    InParentheses((Box<Self>)),
    Of(of::Event),
}

mod of {
    #[derive(timeline_core::TimelineEvent)]
    #[timeline(template_id = "1001298")]
    pub struct Event {
        #[timeline(email)]
        owner: String,
    }
}

fn main() {}
