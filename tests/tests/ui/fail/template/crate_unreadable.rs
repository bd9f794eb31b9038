use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", crate)]
struct Valueless(#[timeline(email)] String);

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", crate = 5)]
struct Number(#[timeline(email)] String);

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", crate = "$crate::events")]
struct Quoted(#[timeline(email)] String);

fn sends(events: (&Valueless, &Number, &Quoted)) {
    let _ = (events.0.event_input(), events.1.event_input(), events.2.event_input());
}

fn main() {}
