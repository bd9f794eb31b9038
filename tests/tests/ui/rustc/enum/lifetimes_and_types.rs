use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template = "Pet adopted")]
enum Event<'a> {
    Adopted {
        #[timeline(email)]
        owner: &'a str,
        note: &'a str,
        when: std::time::SystemTime,
    },
    Returned {
        #[timeline(email)]
        owner: &'a str,
        note: Option<&'a u8>,
        when: bool,
    },
}

fn main() {}
