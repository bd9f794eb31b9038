use timeline_core::TokenEnum;

#[derive(TokenEnum)]
union Plan {
    free: u8,
    paid: u16,
}

fn main() {}
