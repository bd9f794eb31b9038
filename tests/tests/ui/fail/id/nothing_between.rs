use timeline_core::TimelineEvent;

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", id = "{order}{line}")]
struct Line {
    #[timeline(email)]
    owner: String,
    order: u64,
    line: u32,
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001299", id = "{shop}-{0}{1}")]
struct Place(#[timeline(email)] String, #[timeline(skip)] u64);

#[derive(TimelineEvent)]
#[timeline(template_id = "1001300", id = " order-{0}")]
struct Blank(#[timeline(email)] String);

fn main() {}
