//! Regions at the crosshair as layers, which are then decoded like any other.

use crate::app::feature::{Act, Call, Command, Feature, Menu};
use crate::app::model::rounded;
use crate::atlas::{EMBEDDED_NAME, RegionAtlas};
use crate::error::Explain as _;
use crate::measure::{DEFAULT_RADIUS_MM, Operation};

/// The feature.
#[derive(Default)]
pub struct Region;

impl Region {
    fn sphere(act: &mut Act<'_>) {
        let sphere = Operation::Sphere {
            centre_mm: rounded(act.doc.cut_mm),
            radius_mm: DEFAULT_RADIUS_MM,
        };
        decode(act, sphere);
    }

    fn region(act: &mut Act<'_>) {
        let atlas = match RegionAtlas::embedded() {
            Ok(atlas) => atlas,
            Err(why) => return act.explain(why.explain()),
        };
        match atlas.name_at(act.doc.cut_mm) {
            Some(region) => {
                let label = region.label;
                decode(act, Operation::Region { label });
            }
            None => act.say(format!(
                "No region of the {EMBEDDED_NAME} atlas lies within 5 mm of the crosshair"
            )),
        }
    }
}

/// Makes a region a layer, and shows what it means.
fn decode(act: &mut Act<'_>, region: Operation) {
    act.call(Call::Derive(region, Vec::new()));
    act.call(Call::ShowTab("Decode"));
}

impl Feature for Region {
    fn name(&self) -> &'static str {
        "region"
    }

    fn commands() -> Vec<Command<Self>> {
        let row = Command::<Self>::new;
        vec![
            row(
                "decode-region",
                "Decode region under the crosshair",
                |_, act| Self::region(act),
            )
            .tip("Adds the region of the Desikan–Killiany atlas as a layer and ranks the tasks that are reported there")
            .menu(Menu::Decode, 15),
            row(
                "decode-sphere",
                "Decode sphere at the crosshair",
                |_, act| Self::sphere(act),
            )
            .tip("Adds a sphere of 8 mm as a layer and ranks the tasks that are reported there")
            .menu(Menu::Decode, 16),
        ]
    }
}
