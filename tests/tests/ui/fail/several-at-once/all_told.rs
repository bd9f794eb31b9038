use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(object_type = "contact", rename_all = "kebab", colour = "red")]
struct Event {
    #[timeline(email, utk)]
    owner: String,
    #[timeline(email = "x")]
    other: String,
    #[timeline(token = "pet name", tokn = "x")]
    name: String,
    #[timeline(skip, token = "row")]
    row: u64,
    #[timeline(type = "time")]
    at: u64,
}

fn main() {}
