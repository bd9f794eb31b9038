use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(id = "order-{order_id}")]
enum Event {
    #[timeline(template_id = "1001298")]
    Placed {
        #[timeline(email)]
        owner: String,
        order_id: u64,
    },
    #[timeline(template_id = "1001299")]
    Shipped {
        #[timeline(email)]
        owner: String,
        parcel: u64,
    },
}

fn main() {}
