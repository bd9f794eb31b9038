use timeline_core::TokenEnum;

#[derive(TokenEnum)]
enum Plan {
    Free,
    Paid(u32),
    Custom { name: String },
}

fn main() {}
