use timeline_core::TimelineFields;

#[derive(TimelineFields)]
struct Customer<T> {
    #[timeline(email)]
    address: String,
    of: std::marker::PhantomData<T>,
    #[timeline(flatten)]
    plan: std::marker::PhantomData<T>,
}

fn main() {}
