use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = true)]
#[timeline(name = 'x')]
#[timeline(object_type = b"deals")]
#[timeline(rename_all = camelCase)]
struct Event {
    #[timeline(object_id, token = "id", label = 7)]
    id: u64,
    #[timeline(token = petName)]
    name: String,
    #[timeline(with = crate::len)]
    list: Vec<u8>,
    #[timeline(token = -1)]
    minus: u8,
    #[timeline(property = concat!("a", "b"))]
    made: u8,
}

fn main() {}
