use timeline_core::TokenEnum;

#[derive(TokenEnum)]
enum Plan {
    #[timeline(value = 1)]
    One,
    #[timeline(label)]
    Two,
    #[timeline(value = )]
    Three,
}

fn main() {}
