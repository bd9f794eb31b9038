use timeline_core::{TimelineEvent, TokenEnum};

#[derive(TokenEnum)]
#[timeline(rename_all = "camel case")]
enum Plan {
    Free,
    #[timeline(value = "")]
    Paid,
}

#[derive(TimelineEvent)]
enum Event {
    #[timeline(template_id = "1001298")]
    Signed {
        #[timeline(email)]
        owner: String,
        plan: Plan,
    },
    #[timeline(template_id = "1001299")]
    Left {
        #[timeline(email)]
        owner: String,
        #[timeline(tokn = "plan")]
        plan: Plan,
    },
}

fn main() {}
