use timeline_core::{TimelineEvent, TimelineFields, TokenEnum};

#[derive(TokenEnum)]
#[timeline(rename_all = "snake_case")]
enum Kind {
    Cat,
    Bird,
}

#[derive(TimelineFields)]
struct Colour {
    colour: String,
}

#[derive(TimelineFields)]
struct Age {
    #[timeline(token = "petAge")]
    age: String,
}

#[derive(TimelineFields)]
struct Sort {
    kind: Kind,
}

#[derive(TimelineFields)]
struct Name {
    #[timeline(token = "petName")]
    name: String,
}

#[derive(TimelineEvent)]
#[timeline(template = "Pet adopted", manifest = "timeline.json")]
struct PetAdopted {
    #[timeline(email)]
    owner: String,
    #[timeline(flatten)]
    colour: Colour,
    #[timeline(flatten)]
    age: Age,
    #[timeline(flatten)]
    sort: Sort,
    #[timeline(flatten)]
    name: Name,
}

#[derive(TimelineEvent)]
#[timeline(template = "Pet adopted", manifest = "timeline.json", manifest_strict)]
struct Strict {
    #[timeline(email)]
    owner: String,
    #[timeline(token = "isShy")]
    is_shy: bool,
    #[timeline(token = "adoptedAt", type = "date")]
    adopted_at: i64,
    #[timeline(flatten)]
    name: Name,
}

fn main() {}
