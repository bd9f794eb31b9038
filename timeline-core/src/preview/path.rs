//! Paths: how a template refers to a value.

/// A path, such as `pet.name`, `../name`, `@index` or `extraData.[0]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Path {
    /// How many scopes of `each` and `with` the path leaves.
    pub(super) ups: usize,
    /// `@root`, `@index`, `@key`, `@first` or `@last`.
    pub(super) data: Option<String>,
    pub(super) parts: Vec<String>,
}

impl Path {
    /// Reads a path. In a segment in brackets any character may stand; HubSpot's page has `extraData[1]` without the dot.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut path = Path::default();
        let mut rest = text;
        if let Some(data) = rest.strip_prefix('@') {
            rest = data;
            while let Some(after) = rest.strip_prefix("../") {
                path.ups += 1;
                rest = after;
            }
            let end = rest.find(['.', '/', '[']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            path.data = Some(name.to_owned());
            rest = after.strip_prefix(['.', '/']).unwrap_or(after);
            if rest.is_empty() {
                return Ok(path);
            }
        }
        loop {
            if rest == ".." {
                path.ups += 1;
                return Ok(path);
            } else if let Some(after) = rest.strip_prefix("../") {
                path.ups += 1;
                rest = after;
            } else if rest == "." || rest == "this" {
                return Ok(path);
            } else if let Some(after) = ["./", "this.", "this/"]
                .into_iter()
                .find_map(|this| rest.strip_prefix(this))
            {
                rest = after;
            } else {
                break;
            }
        }
        while !rest.is_empty() {
            let (part, after) = match rest.strip_prefix('[') {
                Some(inside) => inside
                    .split_once(']')
                    .ok_or_else(|| format!("`[` without `]` in `{text}`"))?,
                None => rest.split_at(rest.find(['.', '/', '[']).unwrap_or(rest.len())),
            };
            if part.is_empty() {
                return Err(format!("`{text}` is not a path"));
            }
            path.parts.push(part.to_owned());
            rest = match after.strip_prefix(['.', '/']) {
                Some("") => return Err(format!("`{text}` is not a path")),
                Some(next) => next,
                None => after,
            };
        }
        Ok(path)
    }
}
