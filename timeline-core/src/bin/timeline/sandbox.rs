//! The command `sandbox`: a HubSpot on this machine. The example of that name is the same.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use timeline_core::sandbox::{
    BadEvent, CLIENT_ID, CLIENT_SECRET, DEVELOPER_KEY, OtherObject, REFRESH_TOKEN, Rules, SameId,
    Sandbox,
};
use timeline_core::{Api, TemplateFile};

/// A HubSpot on this machine that any client can talk to, until Ctrl-C.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// JSON with templates: HubSpot's answer to listing them (`{"results": […]}`), or a list of templates in the shape
    /// of HubSpot's create request, with or without an `id`. Or a definition file of app events (`…-hsmeta.json`), or a
    /// folder of them.
    #[arg(long, value_name = "FILE OR FOLDER")]
    templates: Option<PathBuf>,
    /// The project that the definition files are of.
    #[arg(long, value_name = "NAME", default_value = "project")]
    project: String,
    /// Open the page in a browser, where there is one.
    #[arg(long)]
    open: bool,
    /// Let v3 answer 401 to all calls about events, as after an app's move.
    #[arg(long)]
    moved: bool,
    /// Refuse what comes after so many requests in any 10 seconds; HubSpot's limit is 110.
    #[arg(long, value_name = "REQUESTS")]
    rate_limit: Option<usize>,
    /// Take any access token that is not empty.
    #[arg(long)]
    any_token: bool,
    /// Let an id that is there already update its event, instead of refusing it.
    #[arg(long)]
    update: bool,
    /// Refuse a batch as a whole if one of its events is bad.
    #[arg(long)]
    whole_batches: bool,
    /// Make an id for events that come without one, instead of refusing them.
    #[arg(long)]
    optional_ids: bool,
    /// Take JSON at the token endpoint, too, as HubSpot's `hubspot-sdk` for Python sends it.
    #[arg(long)]
    json_tokens: bool,
    /// One more account that has the app installed, with its refresh token; may be given several times.
    #[arg(long = "portal", value_name = "ID=REFRESH_TOKEN", value_parser = portal)]
    portals: Vec<(u64, String)>,
}

fn portal(text: &str) -> Result<(u64, String), String> {
    let parts = text.split_once('=').filter(|(_, token)| !token.is_empty());
    let (id, token) =
        parts.ok_or("expected an account's id and its refresh token, as in 71=refresh-71")?;
    let id = id
        .parse()
        .map_err(|_| format!("{id:?} is no account's id, which is a number"))?;
    Ok((id, token.to_owned()))
}

fn rules(args: &Args) -> Rules {
    let mut rules = Rules::default()
        .require_id(!args.optional_ids)
        .json_at_token_endpoint(args.json_tokens);
    if args.update {
        rules = rules
            .same_id(SameId::Updates)
            .other_object(OtherObject::Moves);
    }
    if args.whole_batches {
        rules = rules.bad_event(BadEvent::RefusesBatch);
    }
    rules
}

/// What `--templates` has: templates of v3, or event types of app events.
fn given(args: &Args) -> Result<TemplateFile, Box<dyn Error>> {
    Ok(match &args.templates {
        Some(path) => TemplateFile::read_or_list(path)?,
        None => TemplateFile::default(),
    })
}

/// Runs the sandbox until Ctrl-C, and prints what came in.
pub(crate) async fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let mut builder = Sandbox::builder().port(args.port).rules(rules(args));
    if let Some(requests) = args.rate_limit {
        builder = builder.rate_limit(requests, Duration::from_secs(10));
    }
    if args.any_token {
        builder = builder.any_token();
    }
    let given = given(args)?;
    let sandbox = builder
        .start()
        .await
        .map_err(|error| format!("port {}: {error}", args.port))?;
    let mut types = Vec::new();
    for template in given.templates() {
        match template.type_name() {
            None => drop(sandbox.add_template(template.clone())),
            Some(uid) => {
                let definition = template.to_definition(uid)?;
                let full_name = sandbox.add_definition(&args.project, definition);
                types.push((uid, full_name));
            }
        }
    }
    if args.moved {
        sandbox.move_to_app_events();
    }
    for (id, refresh_token) in &args.portals {
        sandbox.add_portal(*id, refresh_token);
    }

    let mut out = io::stdout();
    writeln!(out, "listening on   {}", sandbox.base_url())?;
    writeln!(out, "page           {}/", sandbox.base_url())?;
    writeln!(out, "access token   {}", sandbox.access_token())?;
    writeln!(
        out,
        "OAuth          client {CLIENT_ID}, secret {CLIENT_SECRET}, refresh token {REFRESH_TOKEN}"
    )?;
    let own = sandbox.portal_id();
    let code = sandbox.authorization_code(own);
    writeln!(out, "authorization  code {code} (once, any redirect URL)")?;
    writeln!(out, "developer key  {DEVELOPER_KEY} (templates only)")?;
    for id in sandbox.portals() {
        let token = sandbox.refresh_token_of(id).unwrap_or_default();
        writeln!(out, "account        {id}, refresh token {token}")?;
    }
    for template in sandbox.templates() {
        writeln!(
            out,
            "template       {} {}",
            template.id().unwrap_or_default(),
            template.name
        )?;
    }
    for (uid, full_name) in types {
        writeln!(
            out,
            "event type     {full_name} ({uid} in the project {})",
            args.project
        )?;
    }
    for warning in sandbox.warnings() {
        writeln!(out, "warning        {warning}")?;
    }
    out.flush()?;
    if args.open {
        open_page(sandbox.base_url());
    }

    tokio::signal::ctrl_c().await?;
    summary(&sandbox, &mut out)?;
    Ok(())
}

/// Asks the system to open the page. Without a browser, the user has the page's address, which is printed in any case.
fn open_page(url: &str) {
    let (program, arguments): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("cmd", &["/C", "start", ""])
    } else {
        ("xdg-open", &[])
    };
    let opened = std::process::Command::new(program)
        .args(arguments)
        .arg(url)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn();
    if let Err(error) = opened {
        eprintln!("note: no browser was opened ({program}: {error})");
    }
}

fn summary(sandbox: &Sandbox, out: &mut impl Write) -> io::Result<()> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let events = sandbox.events();
    for event in &events {
        *counts.entry(event.template_id.clone()).or_default() += 1;
    }
    let requests = sandbox.requests();
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let (received, kept) = (usize::try_from(requests).unwrap_or(0), events.len());
    writeln!(
        out,
        "\n{requests} request{}, {kept} event{}",
        plural(received),
        plural(kept)
    )?;
    let is_app_event = |name: &str| {
        let mut through = events.iter().filter(|event| event.template_id == name);
        through.any(|event| event.api == Api::AppEvents)
    };
    for (name, count) in counts.iter().filter(|(name, _)| is_app_event(name)) {
        writeln!(out, "{count:>9} {name} (app event)")?;
    }
    for template in sandbox.templates() {
        let id = template.id().unwrap_or_default();
        let count = counts.get(id).copied().unwrap_or_default();
        writeln!(out, "{count:>9} {} ({id})", template.name)?;
    }
    Ok(())
}
