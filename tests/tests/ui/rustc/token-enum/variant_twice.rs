use timeline_core::TokenEnum;

#[derive(TokenEnum)]
enum Plan {
    Free,
    Paid,
    Free,
}

fn main() {}
