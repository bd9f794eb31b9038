use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298", header = "{{petNmae}}")]
    Adopted {
        #[timeline(email)]
        owner: String,
        #[timeline(token = "petName")]
        name: String,
    },
    #[timeline(template_id = "1001299", detail = "{{#if reason}}")]
    Returned {
        #[timeline(email)]
        owner: String,
        reason: String,
    },
}

fn main() {}
