//! Published data sets that the program reads as folders: what they are, where they lie, fetching and checking them.
//!
//! An [`Asset`] is a list of files, each with its public address, size and SHA-256. [`fetch`] brings them into a
//! folder that [`crate::corpus`] reads, over the network or from files that are there already; [`verify`] holds
//! them against their sums. A file appears under its name only when it is whole and its sum is right: until then it
//! is a `.part` beside it, from which an interrupted download goes on.

mod catalogue;
mod download;
mod error;
mod fetch;
mod http;
mod local;
mod meter;
mod network;
mod part;
mod state;

pub use catalogue::{Asset, SourceFile, all, named};
pub use error::{AssetError, Trouble};
pub use fetch::{Brought, How, fetch};
pub use network::Network;
pub use state::{
    AssetState, FileCheck, FileState, asset_state, file_state, installed, root, verify,
};
