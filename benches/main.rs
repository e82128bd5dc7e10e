//! The one bench binary: with the assets embedded every binary is large.
//!
//! `cargo bench` runs all; `cargo bench -- open` those whose name contains "open".

mod atlas;
mod decode;
mod render;
mod text;
mod train;
mod volume;

fn main() {
    let mut criterion = criterion::Criterion::default()
        .configure_from_args()
        .sample_size(20);
    volume::benches(&mut criterion);
    atlas::benches(&mut criterion);
    decode::benches(&mut criterion);
    text::benches(&mut criterion);
    render::benches(&mut criterion);
    train::benches(&mut criterion);
    criterion.final_summary();
}
