use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
struct Pet {
    name: String,
}

#[derive(TimelineFields)]
struct Named {
    name: String,
    age: u8,
}

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298")]
    Adopted {
        #[timeline(email)]
        owner: String,
        #[timeline(flatten)]
        pet: Pet,
    },
    #[timeline(template_id = "1001298")]
    Returned {
        #[timeline(email)]
        owner: String,
        name: String,
    },
    #[timeline(template_id = "1001298")]
    Fed {
        #[timeline(email)]
        owner: String,
        #[timeline(flatten)]
        pet: Named,
    },
}

fn main() {}
