use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
#[timeline(detail = "{{extraData.items}} {{#each extraData.list}}{{this}}{{/each}}")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(token = "petName")]
    name: String,
    age: u8,
}

fn main() {}
