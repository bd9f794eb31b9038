use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
#[timeline(header = "{{#unles petName}}a{{/unles}}")]
#[timeline(detail = "{{#ifEquals petName \"Rex\"}}a{{/ifEquals}}")]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(token = "petName")]
    name: String,
}

fn main() {}
