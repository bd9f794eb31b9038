use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template id = "1001298", object type = "2-3308615", rename all = "camelCase")]
struct Event {
    #[timeline(object id)]
    car: u64,
    #[timeline(custom object type id)]
    kind: String,
    #[timeline(extra data)]
    rest: String,
}

fn main() {}
