use timeline_core::TokenEnum;

#[derive(TokenEnum)]
#[timeline(crate = "timeline_core", rename_all = camelCase)]
enum Plan {
    Free,
}

fn main() {}
