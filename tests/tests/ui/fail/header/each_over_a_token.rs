use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
#[timeline(detail = "{{#each petName}}{{this}}{{/each}} {{#each timestamp}}{{/each}}")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(token = "petName")]
    name: String,
    age: u8,
}

fn main() {}
