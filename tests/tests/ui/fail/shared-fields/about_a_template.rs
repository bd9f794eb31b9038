use timeline_core::TimelineFields;

#[derive(TimelineFields)]
#[timeline(template_id = "1001298", object_type = "contacts")]
#[timeline(header = "{{plan}}", id = "{plan}")]
struct Customer {
    #[timeline(email)]
    address: String,
    plan: String,
}

fn main() {}
