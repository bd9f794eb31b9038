use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
#[timeline(header = "{{#if petName}}{{petName}}")]
#[timeline(detail = "{{#each extraData.items}}{{this}}")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(token = "petName")]
    name: String,
    #[timeline(extra_data)]
    data: Vec<u8>,
}

fn main() {}
