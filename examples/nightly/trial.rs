//! Not to be copied: a HubSpot in this process, for trying the import out.

use std::error::Error;

use timeline_core::{Sandbox, TemplateFile};

/// The sandbox has the templates of v3, and with a project its event type, as after `hs project upload`.
pub(crate) async fn start(project: Option<&str>) -> Result<Sandbox, Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let file = TemplateFile::from_json(include_str!("../timeline.json"))?;
    for template in file.templates() {
        if let Some(project) = project {
            sandbox.add_definition(project, template.to_definition("order_paid")?);
        }
        sandbox.add_template(template.clone());
    }
    Ok(sandbox)
}
