use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", object_type = "contact")]
struct A {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", object_type = "Company")]
struct B {
    #[timeline(object_id)]
    id: u64,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", object_type = "cars")]
struct C {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", object_type = "2-33x")]
struct D {
    #[timeline(email)]
    owner: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", object_type = "")]
struct F {
    #[timeline(email)]
    owner: String,
}

fn main() {}
