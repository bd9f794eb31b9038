use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
#[timeline(manifest = "timeline.json")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(manifest = "timeline.json")]
    name: String,
}

#[derive(TimelineEvent)]
enum Several {
    #[timeline(template_id = "1001298", manifest = "timeline.json")]
    One {
        #[timeline(email)]
        owner: String,
    },
}

fn main() {}
