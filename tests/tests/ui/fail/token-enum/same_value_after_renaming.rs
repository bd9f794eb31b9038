use timeline_core::TokenEnum;

#[derive(TokenEnum)]
#[timeline(rename_all = "lowercase")]
enum Plan {
    ProPlus,
    Proplus,
    Free,
}

fn main() {}
