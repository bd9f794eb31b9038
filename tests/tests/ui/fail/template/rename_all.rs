use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", rename_all = "camelcase")]
struct A {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", rename_all = "title")]
struct B {
    #[timeline(email)]
    owner: String,
}

fn main() {}
