use timeline_core::{TimelineEvent, TokenEnum};

type Text = String;
type Count = Option<u32>;

#[derive(TokenEnum)]
#[timeline(rename_all = "snake_case")]
enum Kind {
    Cat,
    Dog,
    Bird,
}

#[derive(TimelineEvent)]
#[timeline(template = "Pet adopted", manifest = "timeline.json")]
struct PetAdopted<'a> {
    #[timeline(email)]
    owner: String,
    #[timeline(token = "petName")]
    name: Count,
    #[timeline(token = "petAge")]
    age: Text,
    #[timeline(token = "adoptedAt")]
    adopted_at: &'a str,
    kind: Kind,
    #[timeline(token = "isShy")]
    is_shy: u8,
}

#[derive(TimelineEvent)]
#[timeline(template = "Pet adopted", manifest = "timeline.json")]
struct Right<'a> {
    #[timeline(email)]
    owner: Text,
    #[timeline(token = "petName")]
    name: &'a Text,
    #[timeline(token = "petAge")]
    age: Count,
    #[timeline(token = "isShy")]
    is_shy: Option<bool>,
}

fn main() {}
