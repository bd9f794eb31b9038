use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", header = "{name:?} adopted", detail = "{} {age:>5} {name!r}")]
struct Event {
    #[timeline(email)]
    owner: String,
    name: String,
    age: u8,
}

fn main() {}
