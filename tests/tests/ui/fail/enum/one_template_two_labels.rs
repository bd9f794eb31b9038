use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298")]
    Adopted {
        #[timeline(email)]
        owner: String,
        #[timeline(label = "Pet")]
        name: String,
        #[timeline(property = "pet_age")]
        age: u8,
    },
    #[timeline(template_id = "1001298")]
    Returned {
        #[timeline(email)]
        owner: String,
        #[timeline(label = "Animal")]
        name: String,
        #[timeline(property = "animal_age")]
        age: u8,
    },
}

fn main() {}
