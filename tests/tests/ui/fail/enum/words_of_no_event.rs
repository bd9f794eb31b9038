use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298")]
struct Adopted(#[timeline(email)] String);

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", header = "{{typo}}", rename_all = "camelCase")]
enum Event {
    Adopted(Adopted),
    Again(Box<Adopted>),
}

fn main() {}
