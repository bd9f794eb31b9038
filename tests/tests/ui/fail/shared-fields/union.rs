use timeline_core::TimelineFields;

#[derive(TimelineFields)]
union Customer {
    a: u8,
    b: u8,
}

fn main() {}
