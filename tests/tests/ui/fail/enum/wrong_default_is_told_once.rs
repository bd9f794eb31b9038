use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(object_type = "contact", rename_all = "camel", id = "{")]
enum Event {
    #[timeline(template_id = "1001298")]
    Adopted {
        #[timeline(email)]
        owner: String,
        pet_name: String,
    },
    #[timeline(template_id = "1001299")]
    Returned {
        #[timeline(email)]
        owner: String,
        pet_name: String,
    },
}

fn main() {}
