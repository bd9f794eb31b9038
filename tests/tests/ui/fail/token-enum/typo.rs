use timeline_core::TokenEnum;

#[derive(TokenEnum)]
#[timeline(renameAll = "lowercase")]
enum Plan {
    #[timeline(vaule = "free")]
    Free,
    #[timeline(rename = "paid")]
    Paid,
    #[timeline(title = "Pro plan")]
    Pro,
    #[timeline(colour = "red")]
    Team,
}

fn main() {}
