use timeline_core::TimelineFields;

#[derive(TimelineFields)]
struct Customer(#[timeline(email)] String, u8);

fn main() {}
