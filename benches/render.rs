//! A changed slice set: underlay and one overlay, three planes, on a canvas of 1280 × 800.
//!
//! ```text
//! cargo bench --bench render
//! ```
//!
//! Every iteration moves the cut point, so that all three slices are drawn anew.

use std::sync::Arc;

use criterion::Criterion;
use gyrus::progress::Progress;
use gyrus::render::export::Figure;
use gyrus::render::{DisplayList, Scene, ViewKind, cpu, glass, gpu};
use gyrus::space;

fn scene() -> Scene {
    let underlay = space::template_t1().expect("the embedded template opens");
    let demo = space::demo_map(&Progress::new()).expect("the embedded map opens");
    Scene::of(Some(underlay), vec![Arc::new(demo)], true)
}

fn list(scene: &Scene) -> DisplayList {
    Figure::of(scene, [1280, 800]).list()
}

fn slices(scene: &Scene) -> Vec<Option<gpu::Shown>> {
    let kind =
        |view: &gyrus::render::View| (view.kind == ViewKind::Slice).then_some((view.slice, None));
    list(scene).views.iter().map(kind).collect()
}

/// The next cut point: through the middle of the brain and back.
fn move_cut(scene: &mut Scene, step: &mut u32) {
    *step += 1;
    let offset = f64::from(*step % 40) - 20.0;
    scene.cut_mm = [-30.0 + offset, -20.0 + offset, 40.0 - offset];
}

pub fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("render 1280x800");
    let mut scene = scene();
    let mut step = 0;
    match gpu::Headless::shared() {
        Ok(adapter) => {
            eprintln!("adapter: {}", adapter.name);
            let mut renderer = adapter.renderer();
            group.bench_function("slices changed, gpu", |bencher| {
                bencher.iter(|| {
                    move_cut(&mut scene, &mut step);
                    renderer
                        .draw_and_wait(&scene, &slices(&scene))
                        .expect("slices are drawn");
                });
            });
            group.bench_function("slices unchanged, gpu", |bencher| {
                let views = slices(&scene);
                bencher.iter(|| {
                    renderer
                        .draw_and_wait(&scene, &views)
                        .expect("slices are drawn")
                });
            });
        }
        Err(error) => eprintln!("{error}"),
    }
    group.sample_size(20);
    if let Ok(adapter) = gpu::Headless::shared() {
        let mut renderer = adapter.renderer_by_processor();
        group.bench_function("slices changed, cpu into textures", |bencher| {
            bencher.iter(|| {
                move_cut(&mut scene, &mut step);
                renderer
                    .draw_and_wait(&scene, &slices(&scene))
                    .expect("slices are drawn");
            });
        });
    }
    group.bench_function("slices changed, cpu", |bencher| {
        bencher.iter(|| {
            move_cut(&mut scene, &mut step);
            slices(&scene)
                .iter()
                .flatten()
                .map(|(view, _)| cpu::draw_slice(&scene, view))
                .collect::<Vec<_>>()
        });
    });
    group.bench_function("glass brain shaded", |bencher| {
        let views = list(&scene).views;
        bencher.iter(|| {
            let glass_views = views.iter().filter(|view| view.kind == ViewKind::Glass);
            glass_views
                .map(|view| glass::draw(&scene, &view.slice))
                .collect::<Vec<_>>()
        });
    });
    group.bench_function("layout", |bencher| bencher.iter(|| list(&scene)));
    group.finish();
}
