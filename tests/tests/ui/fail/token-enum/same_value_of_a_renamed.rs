use timeline_core::TokenEnum;

#[derive(TokenEnum)]
#[timeline(rename_all = "kebab-case")]
enum Plan {
    ProPlus,
    #[timeline(value = "pro-plus")]
    Other,
}

fn main() {}
