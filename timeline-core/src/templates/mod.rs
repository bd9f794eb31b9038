//! The templates of an app in HubSpot: the calls about them, and how they come to be what the code says.

mod apply;
mod calls;
mod compare;
mod plan;
mod text;

pub use self::apply::{Applied, ApplyError, ApplyErrorKind};
pub use self::calls::Templates;
pub use self::compare::{Impossible, TemplateAction, TemplateChange};
pub use self::plan::Plan;
pub use self::text::ColoredPlan;
