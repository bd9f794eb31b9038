use timeline_core::TokenEnum;

#[derive(TokenEnum)]
struct Plan {
    name: String,
}

#[derive(TokenEnum)]
struct Unit;

fn main() {}
