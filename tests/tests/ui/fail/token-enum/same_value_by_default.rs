use timeline_core::TokenEnum;

#[derive(TokenEnum)]
enum Plan {
    #[timeline(value = "Paid")]
    Free,
    Paid,
}

fn main() {}
