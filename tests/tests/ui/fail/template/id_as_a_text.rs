use timeline_core::TimelineEvent;

mod ids {
    pub const PET: &str = "1001298";
}

const PET_ADOPTED: &str = ids::PET;

#[derive(TimelineEvent)]
#[timeline(template_id = "ids::PET")]
struct QuotedPath(#[timeline(email)] String);

#[derive(TimelineEvent)]
#[timeline(template_id = "PET_ADOPTED")]
struct QuotedConstant(#[timeline(email)] String);

#[derive(TimelineEvent)]
#[timeline(template_id = " 1001298 ")]
struct Blanks(#[timeline(email)] String);

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298\u{200b}")]
struct Invisible(#[timeline(email)] String);

#[derive(TimelineEvent)]
#[timeline(template_id = "1_001_298")]
struct Underscores(#[timeline(email)] String);

#[derive(TimelineEvent)]
#[timeline(template = " Pet adopted", name = "Pet adopted ")]
struct Names(#[timeline(email)] String);

fn main() {}
