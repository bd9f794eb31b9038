use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = order)]
struct Path {
    #[timeline(email)]
    owner: String,
    order: u64,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id("{order}"))]
struct List {
    #[timeline(email)]
    owner: String,
    order: u64,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = format!("{order}"))]
struct Format {
    #[timeline(email)]
    owner: String,
    order: u64,
}

fn main() {}
