use timeline_core::{TimelineEvent, TokenEnum};

const TEXT: &str = "text";

mod texts {
    pub const LABEL: &str = "label";
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", header = TEXT, detail = texts::LABEL, name = TEXT)]
#[timeline(object_type = TEXT, rename_all = TEXT, id = TEXT, bound = TEXT)]
struct Event {
    #[timeline(email)]
    owner: String,
    #[timeline(token = TEXT, label = texts::LABEL, property = TEXT, type = TEXT)]
    name: String,
}

#[derive(TokenEnum)]
enum Plan {
    #[timeline(value = TEXT, label = texts::LABEL)]
    Free,
}

fn main() {}
