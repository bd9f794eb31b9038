use timeline_core::TimelineEvent;

macro_rules! event {
    ($name:ident: $ty:ty) => {
        #[derive(TimelineEvent)]
        #[timeline(template_id = "1001298")]
        struct Event {
            #[timeline(email)]
            owner: String,
            $name: $ty,
        }
    };
}

event!(list: Vec<u8>);

fn main() {}
