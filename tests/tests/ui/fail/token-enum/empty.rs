use timeline_core::TokenEnum;

#[derive(TokenEnum)]
enum Plan {}

fn main() {}
