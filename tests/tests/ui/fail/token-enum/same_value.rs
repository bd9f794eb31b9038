use timeline_core::TokenEnum;

#[derive(TokenEnum)]
enum Plan {
    #[timeline(value = "free")]
    Free,
    #[timeline(value = "paid")]
    Paid,
    #[timeline(value = "free")]
    Trial,
}

fn main() {}
