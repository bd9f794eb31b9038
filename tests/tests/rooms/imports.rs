//! The imports of a crate: which file names an item of which other file, and on which line.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, Ident, Spacing, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, Meta, UseTree};

/// The sources of a crate, by their path below `src`.
pub(crate) type Sources = BTreeMap<String, String>;

/// A file that names an item of another file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Import {
    pub(crate) from: String,
    pub(crate) line: usize,
    pub(crate) to: String,
    /// The path as it is written, with `use` trees written out.
    pub(crate) path: String,
    /// The path ends at a module and names none of its items.
    pub(crate) module: bool,
}

/// All imports of a crate, the first of each pair of files and path.
pub(crate) fn imports(sources: &Sources) -> Vec<Import> {
    let mut tree = Tree::default();
    tree.load(sources, "lib.rs", "", None);
    let mut found = BTreeMap::new();
    for module in 0..tree.modules.len() {
        for path in &tree.modules[module].paths {
            for target in tree.meant(module, path) {
                let (file, is_module) = match target {
                    Target::Item(file) => (file, false),
                    Target::Module(module) => (tree.modules[module].file.clone(), !path.glob),
                };
                let from = tree.modules[module].file.clone();
                if file != from {
                    let key = (from, file, path.text(), is_module);
                    let line = found.entry(key).or_insert(path.line);
                    *line = path.line.min(*line);
                }
            }
        }
    }
    let import = |((from, to, path, module), line)| Import {
        from,
        line,
        to,
        path,
        module,
    };
    let mut imports: Vec<_> = found.into_iter().map(import).collect();
    imports.sort();
    imports
}

#[derive(Default)]
struct Tree {
    modules: Vec<Module>,
}

struct Module {
    file: String,
    parent: Option<usize>,
    names: BTreeMap<String, Vec<Definition>>,
    /// Macros that the modules below see without a path.
    macros: BTreeSet<String>,
    globs: Vec<Vec<String>>,
    paths: Vec<Path>,
}

enum Definition {
    Item,
    Module(usize),
    Alias(Vec<String>),
}

/// What a path leads to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Item(String),
    Module(usize),
}

struct Path {
    segments: Vec<String>,
    line: usize,
    imported: bool,
    glob: bool,
    is_macro: bool,
}

impl Path {
    fn text(&self) -> String {
        self.segments.join("::") + if self.glob { "::*" } else { "" }
    }
}

impl Tree {
    /// Reads a file and the files of its modules.
    fn load(
        &mut self,
        sources: &Sources,
        file: &str,
        folder: &str,
        parent: Option<usize>,
    ) -> usize {
        let text = sources
            .get(file)
            .unwrap_or_else(|| panic!("{file} is missing"));
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        self.add(sources, file, folder, parent, &parsed.items)
    }

    fn add(
        &mut self,
        sources: &Sources,
        file: &str,
        folder: &str,
        parent: Option<usize>,
        items: &[Item],
    ) -> usize {
        let this = self.modules.len();
        self.modules.push(Module {
            file: file.to_owned(),
            parent,
            names: BTreeMap::new(),
            macros: BTreeSet::new(),
            globs: Vec::new(),
            paths: Vec::new(),
        });
        let mut reader = Reader::default();
        for item in items {
            if left_out(attributes(item)) {
                continue;
            }
            if let Item::Mod(module) = item {
                let name = module.ident.to_string();
                let below = format!("{folder}{name}/");
                let child = match &module.content {
                    Some((_, items)) => self.add(sources, file, &below, Some(this), items),
                    None => {
                        let beside = format!("{folder}{name}.rs");
                        let inside = format!("{below}mod.rs");
                        let file = if sources.contains_key(&beside) {
                            beside
                        } else {
                            inside
                        };
                        self.load(sources, &file, &below, Some(this))
                    }
                };
                let names = &mut self.modules[this].names;
                names
                    .entry(name)
                    .or_default()
                    .push(Definition::Module(child));
                continue;
            }
            if let Some(name) = defined(item) {
                if matches!(item, Item::Macro(_)) {
                    self.modules[this].macros.insert(name.clone());
                }
                let names = &mut self.modules[this].names;
                names.entry(name).or_default().push(Definition::Item);
            }
            reader.visit_item(item);
        }
        let module = &mut self.modules[this];
        for (name, path) in reader.aliases {
            module
                .names
                .entry(name)
                .or_default()
                .push(Definition::Alias(path));
        }
        module.globs = reader.globs;
        module.paths = reader.paths;
        this
    }

    /// Everything that a path written in this module can mean.
    fn meant(&self, module: usize, path: &Path) -> BTreeSet<Target> {
        let first = &path.segments[0];
        let alone = path.segments.len() == 1 && !path.imported;
        let known = self.modules[module].names.contains_key(first);
        if alone && path.is_macro && !known {
            return self.macro_above(module, first).into_iter().collect();
        }
        // Names behind a module and names that come by a glob are counted here. All other names are of this file, or
        // their `use` is counted.
        let mut seen = BTreeSet::new();
        if known && !path.imported {
            let starts = self.lookup(module, first, &mut seen);
            let module = |target: &Target| matches!(target, Target::Module(_));
            if alone || !starts.iter().any(module) {
                return BTreeSet::new();
            }
        }
        let targets = self.resolve(module, &path.segments, &mut seen);
        let items = targets
            .iter()
            .any(|target| matches!(target, Target::Item(_)));
        let wanted = |target: &Target| !items || matches!(target, Target::Item(_));
        targets.into_iter().filter(wanted).collect()
    }

    fn macro_above(&self, module: usize, name: &str) -> Option<Target> {
        let parent = self.modules[module].parent?;
        if self.modules[parent].macros.contains(name) {
            return Some(Target::Item(self.modules[parent].file.clone()));
        }
        self.macro_above(parent, name)
    }

    fn resolve(
        &self,
        module: usize,
        path: &[String],
        seen: &mut BTreeSet<(usize, String)>,
    ) -> BTreeSet<Target> {
        let mut here = BTreeSet::from([Target::Module(module)]);
        for (index, name) in path.iter().enumerate() {
            let mut next = BTreeSet::new();
            let mut types = BTreeSet::new();
            for target in here {
                match target {
                    Target::Module(module) => match name.as_str() {
                        "crate" if index == 0 => _ = next.insert(Target::Module(0)),
                        "self" => _ = next.insert(Target::Module(module)),
                        "super" => next.extend(self.modules[module].parent.map(Target::Module)),
                        name => next.extend(self.lookup(module, name, seen)),
                    },
                    // A name behind a type is a variant or an associated item.
                    item => _ = types.insert(item),
                }
            }
            here = if next.is_empty() { types } else { next };
        }
        here
    }

    fn lookup(
        &self,
        module: usize,
        name: &str,
        seen: &mut BTreeSet<(usize, String)>,
    ) -> BTreeSet<Target> {
        let mut found = BTreeSet::new();
        if !seen.insert((module, name.to_owned())) {
            return found;
        }
        let this = &self.modules[module];
        if let Some(definitions) = this.names.get(name) {
            for definition in definitions {
                match definition {
                    Definition::Item => _ = found.insert(Target::Item(this.file.clone())),
                    Definition::Module(module) => _ = found.insert(Target::Module(*module)),
                    Definition::Alias(path) => found.extend(self.resolve(module, path, seen)),
                }
            }
        } else {
            for glob in &this.globs {
                for target in self.resolve(module, glob, seen) {
                    if let Target::Module(module) = target {
                        found.extend(self.lookup(module, name, seen));
                    }
                }
            }
        }
        seen.remove(&(module, name.to_owned()));
        found
    }
}

/// Collects the paths of a module.
#[derive(Default)]
struct Reader {
    aliases: Vec<(String, Vec<String>)>,
    globs: Vec<Vec<String>>,
    paths: Vec<Path>,
}

impl Reader {
    fn path(&mut self, segments: Vec<String>, line: usize) {
        self.paths.push(Path {
            segments,
            line,
            imported: false,
            glob: false,
            is_macro: false,
        });
    }

    fn leaf(&mut self, prefix: &[String], ident: &Ident, name: Option<String>) {
        let mut segments = prefix.to_vec();
        if *ident != "self" || segments.is_empty() {
            segments.push(plain(ident));
        }
        self.path(segments.clone(), ident.span().start().line);
        self.paths.last_mut().expect("just pushed").imported = true;
        let name = name.or_else(|| segments.last().cloned());
        if let Some(name) = name.filter(|name| name != "_") {
            self.aliases.push((name, segments));
        }
    }

    fn tree(&mut self, prefix: &[String], tree: &UseTree) {
        match tree {
            UseTree::Path(path) => {
                let mut prefix = prefix.to_vec();
                prefix.push(plain(&path.ident));
                self.tree(&prefix, &path.tree);
            }
            UseTree::Name(name) => self.leaf(prefix, &name.ident, None),
            UseTree::Rename(name) => self.leaf(prefix, &name.ident, Some(plain(&name.rename))),
            UseTree::Glob(glob) if !prefix.is_empty() => {
                self.path(prefix.to_vec(), glob.star_token.spans[0].start().line);
                let path = self.paths.last_mut().expect("just pushed");
                (path.imported, path.glob) = (true, true);
                self.globs.push(prefix.to_vec());
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.tree(prefix, tree);
                }
            }
            _ => {}
        }
    }

    /// Reads the paths among a macro's tokens.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let colons = |at: usize| {
            let is = |at, spacing| {
                matches!(tokens.get(at), Some(TokenTree::Punct(punct))
                if punct.as_char() == ':' && (spacing == Spacing::Alone || punct.spacing() == spacing))
            };
            is(at, Spacing::Joint) && is(at + 1, Spacing::Alone)
        };
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(ident) => {
                    let line = ident.span().start().line;
                    let mut segments = vec![plain(ident)];
                    let before = at.checked_sub(1).map(|at| tokens[at].to_string());
                    let whole = !matches!(before.as_deref(), Some(":" | "#" | "." | "'"))
                        && (before.as_deref() != Some("$") || segments[0] == "crate");
                    let after_colon = before.as_deref() == Some(":") && !(at > 1 && colons(at - 2));
                    let mut group = None;
                    while colons(at + 1) {
                        match tokens.get(at + 3) {
                            Some(TokenTree::Ident(ident)) => segments.push(plain(ident)),
                            Some(TokenTree::Group(tree))
                                if tree.delimiter() == Delimiter::Brace =>
                            {
                                group = Some(tree.stream());
                            }
                            _ => break,
                        }
                        at += 3;
                    }
                    if let Some(group) = group {
                        self.group(&segments, &group, line);
                    } else if whole || after_colon {
                        self.path(segments, line);
                        let bang = matches!(tokens.get(at + 1), Some(TokenTree::Punct(punct)) if punct.as_char() == '!');
                        self.paths.last_mut().expect("just pushed").is_macro = bang;
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// A `use` group among a macro's tokens.
    fn group(&mut self, prefix: &[String], tokens: &TokenStream, line: usize) {
        let text = format!("use {}::{{{tokens}}};", prefix.join("::"));
        if let Ok(item) = syn::parse_str::<syn::ItemUse>(&text) {
            let before = self.paths.len();
            self.tree(&[], &item.tree);
            for path in &mut self.paths[before..] {
                path.line = line;
            }
        }
    }
}

impl<'a> Visit<'a> for Reader {
    fn visit_item(&mut self, item: &'a Item) {
        if !left_out(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'a syn::ImplItem) {
        let attributes = match item {
            syn::ImplItem::Const(item) => &item.attrs,
            syn::ImplItem::Fn(item) => &item.attrs,
            syn::ImplItem::Type(item) => &item.attrs,
            syn::ImplItem::Macro(item) => &item.attrs,
            _ => &Vec::new(),
        };
        if !left_out(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_field(&mut self, field: &'a syn::Field) {
        if !left_out(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        if item.leading_colon.is_none() {
            self.tree(&[], &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        if path.leading_colon.is_none() {
            let segments: Vec<_> = path
                .segments
                .iter()
                .map(|part| plain(&part.ident))
                .collect();
            let line = path
                .segments
                .first()
                .map(|part| part.ident.span().start().line);
            self.path(segments, line.unwrap_or(0));
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'a syn::Macro) {
        self.visit_path(&called.path);
        self.paths.last_mut().expect("a path").is_macro = true;
        self.tokens(called.tokens.clone());
    }

    // `pub(in crate::room)` imports nothing.
    fn visit_visibility(&mut self, _: &'a syn::Visibility) {}

    // A path may stand in a string, as in `#[serde(with = "crate::json")]`.
    fn visit_attribute(&mut self, attribute: &'a Attribute) {
        let Meta::List(list) = &attribute.meta else {
            return;
        };
        if list.path.is_ident("cfg") {
            return;
        }
        self.tokens(list.tokens.clone());
        for token in list.tokens.clone() {
            if let TokenTree::Literal(literal) = token
                && let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string())
                && let Ok(path) = text.parse::<syn::Path>()
            {
                let segments = path.segments.iter().map(|part| plain(&part.ident));
                self.path(segments.collect(), literal.span().start().line);
            }
        }
    }
}

/// A name without `r#`.
fn plain(ident: &Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").map_or(text.clone(), str::to_owned)
}

/// The name that an item has in its module.
fn defined(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(plain(ident))
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether only tests and fuzz targets have the item.
fn left_out(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => list
            .parse_args()
            .is_ok_and(|condition| holds(&condition) == Some(false)),
        _ => false,
    })
}

/// Whether a `cfg` holds in a library that is used; `None` if features decide.
fn holds(condition: &Meta) -> Option<bool> {
    let all = |list: &syn::MetaList| -> Vec<Option<bool>> {
        let parser = syn::punctuated::Punctuated::<Meta, syn::Token![,]>::parse_terminated;
        let parts = list.parse_args_with(parser).unwrap_or_default();
        parts.iter().map(holds).collect()
    };
    match condition {
        Meta::Path(path) if path.is_ident("test") || path.is_ident("fuzzing") => Some(false),
        Meta::List(list) if list.path.is_ident("not") => all(list).first()?.map(|holds| !holds),
        Meta::List(list) if list.path.is_ident("all") => {
            all(list).contains(&Some(false)).then_some(false)
        }
        Meta::List(list) if list.path.is_ident("any") => all(list)
            .iter()
            .all(|part| *part == Some(false))
            .then_some(false),
        _ => None,
    }
}
