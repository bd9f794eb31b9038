//! The rules, as tables.

use super::{Usage, read};

/// Each line is a text, ` => `, and what is found in it, joined by ` + `.
fn check(table: &str, found: impl Fn(&str) -> Vec<String>) {
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (text, expected) = line.split_once(" =>").unwrap();
        assert_eq!(found(text).join(" + "), expected.trim(), "{text}");
    }
}

fn references(text: &str) -> Vec<String> {
    let text = read(text);
    assert_eq!(text.mistakes, [""; 0]);
    let shown = text
        .references
        .into_iter()
        .map(|reference| match reference.usage {
            Usage::Value => reference.path,
            Usage::Date => format!("{} (date)", reference.path),
            Usage::List => format!("{} (list)", reference.path),
        });
    shown.collect()
}

#[test]
fn what_is_looked_up_in_the_event() {
    check(include_str!("right.txt"), references);
}

#[test]
fn what_is_wrong() {
    let table = r##"
        {{a => `{{a` is never closed: add `}}`
        {{a {{b}} c}} => `{{a` is never closed: add `}}`
        {{{a and {{#if {{b}}}} {{/if}} => `{{{a and` is never closed: add `}}}` + `{{#if` is never closed: add `}}`
        {{{a}} => `{{{a}}` begins with 3 braces and ends in 2: end it in `}}}`
        {{a}}} => `{{a}}}` begins with 2 braces and ends in 3: end it in `}}`
        {{a} {{b}} => `{{a}` begins with 2 braces and ends in 1: end it in `}}`
        {{a}b}} => unexpected `}` in `a}b`: CHARACTERS
        a}} b}} \{{c}} => `}}` without `{{` in `a}}`: HubSpot would show it + `}}` without `{{` in `b}}`: HubSpot would show it
        {{}} {{ }} {{~}} => NO_NAME + NO_NAME + NO_NAME
        {{"a b"}} {{(lookup a 0)}} {{#}} => NO_NAME + NO_NAME + NO_NAME
        {{! a => `{{! a` is never closed: add `}}`
        {{!-- a }} {{b.}} => `{{!-- a` is never closed: add `--}}` + `b.` is not a path: PATH
        {{ #if a}}{{{/if}}} => `#` belongs right behind `{{` in `{{ #if a}}` + `/` belongs right behind `{{` in `{{{/if}}}`
        {{#if a}}{{#each b}} => `{{#if a}}` is never closed: add `{{/if}}` + `{{#each b}}` is never closed: add `{{/each}}`
        {{#if a}}{{#each b}}{{/if}}{{/each}}{{/each}} => `{{#each b}}` is never closed: add `{{/each}}` before `{{/if}}` + `{{/each}}` closes nothing: no block is open
        {{#if a}}{{/each}}{{/if}}{{/each}} => `{{/each}}` does not close `{{#if a}}`: expected `{{/if}}` + `{{/each}}` closes nothing: no block is open
        {{#if a}}{{/iff}} => `{{/iff}}` does not close `{{#if a}}`: expected `{{/if}}`
        {{#if a}}{{/}} {{#if b}}{{/if b}} => `{{/}}` needs a name: write `{{/if}}` + `{{/if b}}` takes no argument: write `{{/if}}`
        {{#if a}}{{/if => `{{/if` is never closed: add `}}`
        {{else}}{{^}} => `{{else}}` is outside of a block: ELSE + `{{^}}` is outside of a block: ELSE
        {{#if a}}{{else}}{{else if b}}{{/if}} => `{{else if b}}` comes after the `{{else}}` of `{{#if a}}`
        {{#if a}}{{#else}}{{/if}} => `else` takes no `#`: write `{{else}}`
        {{#if}}{{/if}}{{#each}}{{/each}} => `{{#if}}` has no argument: write `{{#if petName}}` + `{{#each}}` has no argument: write `{{#each petName}}`
        {{#if a}}{{else unless}}{{/if}} => `{{else unless}}` has no argument: write `{{else unless petName}}`
        {{#with pet name}}{{/with}} => `{{#with pet name}}` has 2 arguments: `with` takes one, and a name has no spaces
        {{#formatDate a=b}}{{/formatDate}} => `{{#formatDate a=b}}` has no argument: write `{{#formatDate petName}}`
        {{formatDate a}} => `formatDate` is a block: write `{{#formatDate a}}{{/formatDate}}`
        {{each a}}{{else}}{{/each}} {{if}} => a block begins with `#`: `{{#each a}}…{{/each}}` + a block begins with `#`: `{{#if …}}…{{/if}}`
        {{formatdate a}}{{/formatdate}} => unknown helper `formatdate`; did you mean `{{#formatDate a}}`?
        {{#eahc a}}{{/each}} {{#iff}}{{/iff}} => unknown block `{{#eahc}}`; did you mean `{{#each …}}`? + unknown block `{{#iff}}`; did you mean `{{#if …}}`?
        {{#if a}}{{else iff b}}{{/if}}{{^wiht c}}{{/wiht}} => unknown block `{{else iff}}`; did you mean `{{else if …}}`? + unknown block `{{^wiht}}`; did you mean `{{^with …}}`?
        {{#pet name}}{{/pet}} => unknown block `{{#pet}}`; the blocks are `if`, `unless`, `each`, `with` and `formatDate`
        {{pet name}} => unknown helper `pet`: a token's name has no spaces, and the helpers are `lookup` and `log`
        {{a(b)}} {{a b "c"}} => unknown helper `a`: HELPERS + unknown helper `a`: HELPERS
        {{foo "a"}} {{foo a=b}} {{#if (foo)}}{{/if}} => unknown helper `foo`: HELPERS + unknown helper `foo`: HELPERS + unknown helper `foo`: HELPERS
        {{lokup a 0}} {{elseif a}} => unknown helper `lokup`; did you mean `lookup`? + unknown helper `elseif`; did you mean `else if`?
        {{lookup a}} {{#if (lookup)}}{{/if}} => `lookup` takes two arguments, as in `{{lookup extraData "key"}}` + `lookup` takes two arguments, as in `{{lookup extraData "key"}}`
        {{a as |b|}} => only a block takes `as |…|`: begin `{{a as |b|}}` with `#`
        {{> a}} {{#> b}}{{/b}} {{#*inline "c"}}{{/inline}} => HubSpot has no partials: write out `{{> a}}` + HubSpot has no partials: write out `{{#> b}}` + HubSpot has no partials: write out `{{#*inline "c"}}`
        {{#> a}} {{{{b}} => HubSpot has no partials: write out `{{#> a}}` + HubSpot has no raw blocks: write two braces in `{{{{b}}`
        {{{{a}}}} b {{{{/a}}}} => HubSpot has no raw blocks: write two braces in `{{{{a}}}}`
        {{a..b}} {{.a}} {{a.}} {{../}} {{items[0]}} {{extraDate[1]}} => `a..b` is not a path: PATH + `.a` is not a path: PATH + `a.` is not a path: PATH + `../` is not a path: PATH + `items[0]` is not a path: PATH + `extraDate[1]` is not a path: PATH
        {{#if a.b.}}{{../c}}{{/if}}{{..}}{{../this.d}} => `a.b.` is not a path: PATH + `../c` climbs out of the event: CLIMBS + `..` climbs out of the event: CLIMBS + `../this.d` climbs out of the event: CLIMBS
        {{a,b}} {{#if a && b}}{{/if}} => unexpected `,` in `a,b`: CHARACTERS + unexpected `&` in `&&`: OPERATORS
        {{it's a's}} {{a@b}} => unexpected `'` in `it's`: CHARACTERS + unexpected `@` in `a@b`: CHARACTERS
        {{#if a == b}}{{/if}} {{a)}} {{a | b}} {{a||b}} => unexpected `==` in `if a == b`: OPERATORS + unexpected `)` in `a)`: OPERATORS + unexpected `|` in `a | b`: OPERATORS + unexpected `|` in `a||b`: OPERATORS
        {{#formatDate a b=}}{{/formatDate}} {{log b= =c}} => expected a value behind `b=` + expected a value behind `b=`
        {{#}}{{/a}} {{#if b}}{{#}}{{/}}{{/if}} => NO_NAME + NO_NAME + `{{/}}` needs a name: write `{{/}}`
        {{log "a}} {{log 'b}} {{log c="d}} => `"a` is never closed: add `"` + `'b` is never closed: add `'` + `"d` is never closed: add `"`
        {{a.[b}} {{#if (a}}{{/if}} {{#if a as |b}}{{/if}} => `[` without `]` in `a.[b` + `(a` is never closed: add `)` + `|b` is never closed: add `|`
        {{a aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa => `{{a aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…` is never closed: add `}}`
    "##;
    let table = table.replace("NO_NAME", super::syntax::NO_NAME);
    let table = table.replace(
        "PATH",
        "names are joined by single dots, as in `pet.name` or `pets.[0]`",
    );
    let table = table.replace("ELSE", "it goes between `{{#if petName}}` and `{{/if}}`");
    let table = table.replace("CLIMBS", "only `each`, `with` and `{{#name}}` go a step in");
    let table = table.replace("HELPERS", "the helpers are `lookup` and `log`");
    let table = table.replace("OPERATORS", super::syntax::NO_OPERATORS);
    let table = table.replace("CHARACTERS", "a name has letters, digits, `.`, `-` and `_`");
    check(&table, |text| read(text).mistakes);
}

#[test]
fn characters_that_no_path_has() {
    for c in "!\"#%&'*+,;<>@\\]^`{}~()=|".chars() {
        assert_eq!(read(&format!("{{{{a{c}b}}}}")).mistakes.len(), 1, "{c}");
        let segment = read(&format!("{{{{[a{c}b]}}}}")).mistakes;
        assert_eq!(segment.len(), usize::from(c == ']'), "{c}");
    }
}

#[test]
fn what_a_mistake_leaves_to_be_looked_up() {
    let found = |text: &str| {
        read(text)
            .references
            .into_iter()
            .map(|found| found.path)
            .collect()
    };
    let table = "
        {{a} {{b}}} {{{c}} {{d {{e}} => a + b + c + d + e
        {{formatDate a}} {{each b}}{{c}}{{/each}} {{d}} => a + b + d
        {{#eahc a}}{{b}}{{/eahc}} {{#iff c}}{{d}}{{/if}} => a + c + d
        {{pet name}} {{#if pet name}}{{a}}{{/if}} {{#foo b}}{{c}}{{/foo}} => a
        {{a}} {{#if b}} => a + b
    ";
    check(table, found);
}

#[test]
fn words_in_single_braces() {
    let table = "
        {petName} { pet.name } {a-b_2} {petName} => petName + pet.name + a-b_2
        {{a}} {{{b}}} {not this} { } {c}} \\{{d}} {{! {e} }} {é} => é
        {a:?} {b:>5} {c!r} {d :#x} {} {:?} {0} {a, b} {a: {b}} => a:? + b:>5 + c!r + d :#x +  + :? + 0
    ";
    check(table, |text| read(text).single_braces);
}

#[test]
fn any_text_can_be_read() {
    let pieces = "{{ }} # / each a { } \" | [ . .. ( é ] ) = as ! -- ^ > ~ else if \\ '";
    let pieces: Vec<&str> = pieces.split(' ').chain([" "]).collect();
    let mut seed = 1_u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % below
    };
    for _ in 0..5_000 {
        let text: String = (0..next(20)).map(|_| pieces[next(pieces.len())]).collect();
        let found = read(&text);
        assert!(
            found.mistakes.iter().all(|mistake| !mistake.ends_with('.')),
            "{text}"
        );
    }
    let deep = format!(
        "{{{{log {}a{}}}}}",
        "(log ".repeat(50_000),
        ")".repeat(50_000)
    );
    assert_eq!(read(&deep).mistakes.len(), 1);
    let _ = read(&"{{#if a}}".repeat(1_000));
}
