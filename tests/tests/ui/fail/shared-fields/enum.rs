use timeline_core::TimelineFields;

#[derive(TimelineFields)]
enum Customer {
    Known {
        #[timeline(email)]
        address: String,
    },
}

fn main() {}
