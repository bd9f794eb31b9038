use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
struct Event<'a, T: Clone, const N: usize = 2>
where
    T: PartialEq,
{
    #[timeline(email)]
    owner: &'a T,
    #[timeline(with = "len")]
    list: [u8; N],
}

fn len<const N: usize>(list: &[u8; N]) -> usize {
    list.len()
}

fn sends<E: TimelineEvent>(event: &E) {
    let _ = event.event_input();
    let _ = E::templates();
}

fn main() {
    let list = [1, 2];
    sends(&Event { owner: &"x", list });
}
