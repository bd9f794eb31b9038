use timeline_core::TokenEnum;

#[derive(TokenEnum)]
enum Plan {
    #[timeline(value = "free", colour)]
    Free(),
    #[timeline(value = "free")]
    Paid(u8, u16),
    Empty {},
}

fn main() {}
