use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(header = "{{petNmae}}")]
enum Event {
    #[timeline(template_id = "1001298")]
    Adopted {
        #[timeline(email)]
        owner: String,
        #[timeline(token = "petName")]
        name: String,
    },
    #[timeline(template_id = "1001299")]
    Returned {
        #[timeline(email)]
        owner: String,
        #[timeline(token = "petName")]
        name: String,
    },
}

fn main() {}
