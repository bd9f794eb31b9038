use timeline_core::TokenEnum;

#[derive(TokenEnum)]
enum Plan {
    Free,
    #[timeline(skip)]
    Internal,
}

fn main() {}
