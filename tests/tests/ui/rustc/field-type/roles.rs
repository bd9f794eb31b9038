use timeline_core::TimelineEvent;

fn list(text: &str) -> Vec<u8> {
    text.into()
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event {
    #[timeline(email)]
    email: Vec<u8>,
    #[timeline(utk)]
    utk: Option<Vec<u8>>,
    #[timeline(object_id)]
    object_id: (),
    #[timeline(domain, with = "list")]
    domain: String,
    #[timeline(id)]
    id: &'static [u8],
    #[timeline(custom_object_type_id)]
    kind: std::path::PathBuf,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001299")]
enum Keyed {
    Adopted {
        #[timeline(email)]
        owner: String,
        #[timeline(key)]
        key: std::collections::BTreeMap<u8, u8>,
    },
}

fn main() {}
