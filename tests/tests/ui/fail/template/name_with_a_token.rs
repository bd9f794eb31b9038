use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", name = "{name} adopted")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(label = "Name {{name}}")]
    name: String,
}

#[derive(TimelineEvent)]
#[timeline(template = "Pet {} adopted")]
struct Named(#[timeline(email)] String);

fn main() {}
