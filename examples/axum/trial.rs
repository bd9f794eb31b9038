//! A HubSpot in this process, for trying the service out.

use std::error::Error;

use timeline_core::{Sandbox, TimelineEvent};

use crate::events::{OrderPlaced, SignedUp};

/// With a project, the sandbox has its event types, as after `hs project upload`.
pub(crate) async fn start(project: Option<&str>) -> Result<Sandbox, Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    sandbox.register::<SignedUp>();
    sandbox.register::<OrderPlaced>();
    if let Some(project) = project {
        for template in [SignedUp::templates(), OrderPlaced::templates()].concat() {
            let type_name = template.type_name().unwrap_or_default();
            sandbox.add_definition(project, template.to_definition(type_name)?);
        }
    }
    println!("HubSpot is a sandbox; its page is {}/", sandbox.base_url());
    Ok(sandbox)
}
