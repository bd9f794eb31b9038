use timeline_core::TokenEnum;

#[derive(TokenEnum)]
enum Plan {
    #[timeline(value = "")]
    Free,
    #[timeline(label = " ")]
    Paid,
}

fn main() {}
