use timeline_core::TokenEnum;

#[derive(TokenEnum)]
#[timeline(rename_all)]
enum Plan {
    #[timeline]
    Free,
    #[timeline()]
    Paid,
    #[timeline(value "pro")]
    Pro,
    #[timeline("team")]
    Team,
}

fn main() {}
