//! The commands about templates.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use serde_json::json;
use timeline_core::{EventTemplate, Plan, TemplateAction, TemplateFile};

use crate::Common;
use crate::answer::{Answer, Failure};
use crate::connect;

/// The templates of the app.
#[derive(clap::Args)]
pub(crate) struct Pull {
    /// Where to write them; without it they are printed.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) async fn pull(args: &Pull, common: &Common) -> Result<Answer, Failure> {
    let templates = connect::templates(common)?.list().await?;
    let count = templates.len();
    let file = TemplateFile::from(templates);
    let mut text = serde_json::to_string_pretty(&file)?;
    text.push('\n');
    let Some(output) = &args.output else {
        return Answer::new(text, &file);
    };
    write_whole(output, &text)?;
    let words = format!(
        "{} written to {}",
        counted(count, "template"),
        output.display()
    );
    Answer::new(words, &json!({ "templates": count, "output": output }))
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}

/// Replaces the file at once: a program that reads it meanwhile, such as a build, sees the old file or the new one.
fn write_whole(path: &Path, text: &str) -> Result<(), Failure> {
    let within = |error: io::Error| Failure::new(format!("{}: {error}", path.display()));
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".new");
    fs::write(&temporary, text).map_err(within)?;
    fs::rename(&temporary, path).map_err(within)
}

#[derive(clap::Args)]
pub(crate) struct Check {
    /// A template file, the list that `templates()` serializes to, or a folder of definition files.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Compare with the templates of a program instead: the list that `templates()` serializes to.
    #[arg(long, value_name = "FILE")]
    code: Option<PathBuf>,
}

pub(crate) async fn check(args: &Check, common: &Common) -> Result<Answer, Failure> {
    let file = TemplateFile::read_or_list(&args.file)?;
    let Some(code) = &args.code else {
        let plan = connect::templates(common)?;
        let plan = plan.plan(file.templates().to_vec()).await?;
        return of_plan(&plan);
    };
    let code = TemplateFile::read_or_list(code)?;
    match file.check(code.templates()) {
        Ok(()) => Answer::new(
            "no differences",
            &json!({ "isEmpty": true, "differences": [] }),
        ),
        Err(drift) => {
            let json = json!({ "isEmpty": false, "differences": drift.templates() });
            Ok(Answer::new(drift.to_string(), &json)?.open_if(true))
        }
    }
}

#[derive(clap::Args)]
pub(crate) struct Planned {
    /// A template file, the list that `templates()` serializes to, or a folder of definition files.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Also delete templates and tokens that the file does not have. With a template go all its events.
    #[arg(long)]
    deleting: bool,
}

async fn planned(args: &Planned, common: &Common) -> Result<Plan, Failure> {
    let file = TemplateFile::read_or_list(&args.file)?;
    let templates = connect::templates(common)?;
    let plan = templates.plan(file.templates().to_vec()).await?;
    Ok(plan.deleting(args.deleting))
}

pub(crate) async fn plan(args: &Planned, common: &Common) -> Result<Answer, Failure> {
    of_plan(&planned(args, common).await?)
}

fn of_plan(plan: &Plan) -> Result<Answer, Failure> {
    let answer = Answer::new(plan.to_string(), plan)?;
    Ok(answer
        .colored(plan.colored().to_string())
        .open_if(!plan.is_empty()))
}

#[derive(clap::Args)]
pub(crate) struct Apply {
    #[command(flatten)]
    plan: Planned,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn apply(args: &Apply, common: &Common) -> Result<Answer, Failure> {
    let plan = planned(&args.plan, common).await?;
    if plan.is_empty() {
        return Answer::new("nothing to do", &json!({ "plan": plan, "applied": null }));
    }
    // The plan goes to standard error, so that standard output holds nothing but the answer's JSON.
    if crate::is_colored() {
        eprintln!("{}\n", plan.colored());
    } else {
        eprintln!("{plan}\n");
    }
    if !plan.impossible().is_empty() {
        return Err(Failure::new(format!(
            "nothing was changed, since {} of the templates cannot become what the file says",
            plan.impossible().len()
        )));
    }
    if !args.yes && !is_wanted(&plan)? {
        let answer = Answer::new(
            "nothing was changed",
            &json!({ "plan": plan, "applied": null }),
        );
        return Ok(answer?.open_if(true));
    }
    let shown = serde_json::to_value(&plan)?;
    let applied = plan.apply().await?;
    Answer::new(
        applied.to_string(),
        &json!({ "plan": shown, "applied": applied }),
    )
}

/// Asks the user, if there is a terminal.
fn is_wanted(plan: &Plan) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Failure::new(
            "nothing was changed: there is no terminal to ask on, so say `--yes`",
        ));
    }
    let deletes = |change: &&timeline_core::TemplateChange| change.action == TemplateAction::Delete;
    let deleted = plan.changes().iter().filter(deletes).count();
    let question = match deleted {
        0 => "Apply this?".to_owned(),
        count => format!(
            "Apply this, and delete {} with all events?",
            counted(count, "template")
        ),
    };
    eprint!("{question} [y/N] ");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

#[derive(clap::Args)]
pub(crate) struct Export {
    /// A template file, the list that `templates()` serializes to, or a folder of definition files.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The folder to write to; it is made if it is not there.
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// Replace files that are there and differ.
    #[arg(long)]
    force: bool,
}

/// Writes all files or none: everything is checked first.
pub(crate) fn export(args: &Export) -> Result<Answer, Failure> {
    let file = TemplateFile::read_or_list(&args.file)?;
    let mut texts: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut warnings = Vec::new();
    for template in file.templates() {
        let uid = uid(template);
        let definition = template.to_definition(&uid)?;
        if template.type_name().is_none() {
            warnings.push(format!(
                "{:?}: no `type_name` is said, so the uid {uid:?} is made from the name; it cannot change after the upload",
                template.name
            ));
        }
        if template.header_template.is_none() && template.detail_template.is_none() {
            warnings.push(format!(
                "{:?}: it has neither header nor detail, so its events show no text; a type with a `manifest` has its texts there alone",
                template.name
            ));
        }
        for name in definition.reserved() {
            warnings.push(format!(
                "{:?}: app events may refuse the property `{name}`, whose name HubSpot reserves on a page about an older version",
                template.name
            ));
        }
        for token in &template.tokens {
            if let Some(property) = &token.object_property_name {
                warnings.push(format!(
                    "{:?}: the token `{}` sets the CRM property `{property}` through v3 only; a definition file has no place for it",
                    template.name, token.name
                ));
            }
        }
        let text = serde_json::to_string_pretty(&definition)? + "\n";
        let before = texts.insert(definition.file_name(), (text, template.name.clone()));
        if let Some((_, other)) = before {
            return Err(Failure::new(format!(
                "{other:?} and {:?} would both be the file {}: give one of them a `type_name`",
                template.name,
                definition.file_name()
            )));
        }
    }
    let within =
        |path: &Path, error: &io::Error| Failure::new(format!("{}: {error}", path.display()));
    for (name, (text, _)) in &texts {
        let path = args.output.join(name);
        match fs::read_to_string(&path) {
            Ok(there) if there == *text || args.force => {}
            Ok(_) => {
                return Err(Failure::new(format!(
                    "{} is there already and differs: nothing was written; `--force` replaces it",
                    path.display()
                )));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(within(&path, &error)),
        }
    }
    fs::create_dir_all(&args.output).map_err(|error| within(&args.output, &error))?;
    for (name, (text, _)) in &texts {
        write_whole(&args.output.join(name), text)?;
    }
    for warning in &warnings {
        eprintln!("warning: {warning}");
    }
    let names: Vec<&String> = texts.keys().collect();
    let written = counted(names.len(), "file");
    let text = format!("{written} written to {}", args.output.display());
    let json = json!({ "output": args.output, "files": names, "warnings": warnings });
    Answer::new(text, &json)
}

/// The event type's name if the template has one, else the template's name in lower case with `_` between the words.
fn uid(template: &EventTemplate) -> String {
    if let Some(name) = template.type_name() {
        return name.to_owned();
    }
    let lower = template.name.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("_")
}
