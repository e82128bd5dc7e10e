//! What the window can do, one folder each. Registering one here is all it takes to put it into the
//! window.

mod arrange;
mod atlas;
mod compare;
mod crosshair;
mod cycle;
mod decode;
mod derive;
mod figure;
mod files;
mod frames;
mod info;
mod landscape;
mod layers;
mod look;
mod model;
mod ontology;
mod overview;
mod peaks;
mod predict;
mod region;
mod studies;
mod train;
mod why;

use std::path::PathBuf;

use super::feature::Registry;
use super::jobs::Hub;

/// All features, in the order in which they stand in the left column, in shared tabs and in the
/// palette. The first one begins to open the files.
///
/// # Errors
/// Where the system gives no threads.
pub fn register(registry: &mut Registry, hub: &Hub, files: &[PathBuf]) -> std::io::Result<()> {
    registry.add(files::Files::start(hub, files)?);
    registry.add(layers::Layers::default());
    registry.add(look::Look);
    registry.add(arrange::Arrange);
    registry.add(crosshair::Crosshair);
    registry.add(frames::Frames::new(hub)?);
    registry.add(peaks::PeakTable::new(hub)?);
    registry.add(atlas::Atlas::new(hub)?);
    registry.add(compare::Compare::new(hub)?);
    registry.add(derive::Derive::new(hub)?);
    registry.add(decode::Decode::new(hub)?);
    registry.add(overview::Overview::new(hub)?);
    registry.add(landscape::Landscape::new(hub)?);
    registry.add(why::Why::new(hub)?);
    registry.add(ontology::OntologyBrowser::default());
    registry.add(region::Region);
    registry.add(cycle::Cycle::new(hub)?);
    registry.add(predict::Predict::new(hub)?);
    registry.add(model::Model::new(hub)?);
    registry.add(studies::Studies::new(hub)?);
    registry.add(info::Info::new(hub)?);
    registry.add(figure::Figures::new(hub)?);
    registry.add(train::Train::new(hub)?);
    Ok(())
}
