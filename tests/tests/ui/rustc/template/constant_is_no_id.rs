use timeline_core::TimelineEvent;

mod ids {
    pub const EMPTY: &str = "";
    pub const UUID: &str = "{{uuid}}";
    pub const BLANKS: &str = " 1001298 ";
    pub const UNDERSCORES: &str = "1_001_298";
}

#[derive(TimelineEvent)]
#[timeline(template_id = ids::EMPTY)]
struct Empty(#[timeline(email)] String);

#[derive(TimelineEvent)]
#[timeline(template_id = ids::UUID)]
struct Uuid(#[timeline(email)] String);

#[derive(TimelineEvent)]
#[timeline(template_id = ids::BLANKS)]
struct Blanks(#[timeline(email)] String);

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = ids::UNDERSCORES)]
    One(#[timeline(email)] String),
    #[timeline(template_id = ids::UNDERSCORES)]
    Again(#[timeline(email)] String),
}

fn main() {}
