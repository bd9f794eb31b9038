use timeline_core::{TimelineEvent, TimelineFields};

#[derive(TimelineFields)]
struct Customer {
    #[timeline(email)]
    address: String,
    #[timeline(token = "my plan")]
    plan: String,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Event<'a> {
    #[timeline(flatten)]
    customer: &'a Customer,
    name: String,
}

#[derive(TimelineEvent)]
enum Several {
    #[timeline(template_id = "1001299")]
    One {
        #[timeline(flatten)]
        customer: Option<Customer>,
    },
}

fn main() {
    let customer = Customer {
        address: String::new(),
        plan: String::new(),
    };
    let event = Event {
        customer: &customer,
        name: String::new(),
    };
    let _ = event.event_input();
    let _ = Several::templates();
}
