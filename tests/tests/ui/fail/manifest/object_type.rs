use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template = "Deal won", manifest = "timeline.json")]
struct LeftOut {
    #[timeline(object_id)]
    deal: u64,
    amount: f64,
}

#[derive(TimelineEvent)]
#[timeline(template = "Deal won", object_type = "tickets", manifest = "timeline.json")]
struct AnotherOne {
    #[timeline(object_id)]
    deal: u64,
    amount: f64,
}

#[derive(TimelineEvent)]
#[timeline(template = "Deal won", manifest = "timeline.json")]
struct AndNoRecord {
    #[timeline(email)]
    owner: String,
    amount: f64,
}

fn main() {}
