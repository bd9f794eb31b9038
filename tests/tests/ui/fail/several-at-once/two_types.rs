use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "")]
struct First {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1")]
struct Second {
    name: String,
}

fn main() {}
