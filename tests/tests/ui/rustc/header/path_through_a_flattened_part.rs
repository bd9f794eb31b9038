use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
struct Customer {
    #[timeline(email)]
    address: String,
    plan: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", header = "{{customer.plan}}", detail = "{{plna}} {plan:?}")]
struct Event {
    #[timeline(flatten)]
    customer: Customer,
}

fn main() {}
