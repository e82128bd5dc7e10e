//! Glass brains in the window. They are drawn on a thread of their own: the first look at a map walks
//! through all of it, and a large canvas takes longer to shade than a frame lasts. Until the new
//! picture is there the old one is shown.

use std::sync::mpsc::{Receiver, Sender, channel};

use eframe::egui::{ColorImage, Context, TextureHandle, TextureId, TextureOptions};

use super::cpu::Pixels;
use super::geometry::SliceView;
use super::glass;
use super::gpu::SliceKey;
use super::list::{DisplayList, View, ViewKind};
use super::scene::Scene;

/// The glass brains of one canvas.
#[derive(Default)]
pub struct GlassPictures {
    worker: Option<Worker>,
    slots: Vec<Slot>,
}

/// One glass brain: the picture wanted last, and the one there is.
#[derive(Default)]
struct Slot {
    asked: Option<SliceKey>,
    shown: Option<(SliceKey, TextureHandle)>,
}

struct Request {
    slot: usize,
    key: SliceKey,
    scene: Scene,
    view: SliceView,
    context: Context,
}

struct Worker {
    requests: Sender<Request>,
    pictures: Receiver<(usize, SliceKey, Pixels)>,
}

impl Worker {
    fn start() -> Option<Self> {
        let (requests, inbox) = channel::<Request>();
        let (outbox, pictures) = channel();
        std::thread::Builder::new()
            .name("glass brain".into())
            .spawn(move || {
                while let Ok(first) = inbox.recv() {
                    // Of several requests for one place only the last is worth drawing.
                    let mut wanted = vec![first];
                    for request in inbox.try_iter() {
                        wanted.retain(|old| old.slot != request.slot);
                        wanted.push(request);
                    }
                    for request in wanted {
                        let pixels = glass::draw(&request.scene, &request.view);
                        if outbox.send((request.slot, request.key, pixels)).is_err() {
                            return;
                        }
                        request.context.request_repaint();
                    }
                }
            })
            .ok()?;
        Some(Self { requests, pictures })
    }
}

impl GlassPictures {
    /// Puts the textures of the glass brains among the views of a list in their places, and asks for
    /// the pictures that are out of date.
    pub fn prepare(
        &mut self,
        context: &Context,
        scene: &Scene,
        list: &DisplayList,
        textures: &mut [Option<TextureId>],
    ) {
        self.collect(context);
        let is_glass = |view: &View| view.kind == ViewKind::Glass;
        let count = list.views.iter().filter(|view| is_glass(view)).count();
        self.slots.resize_with(count, Slot::default);
        let glasses = list
            .views
            .iter()
            .zip(textures)
            .filter(|(view, _)| is_glass(view));
        for (slot, (view, texture)) in glasses.enumerate() {
            // The glass brain does not depend on the cut: moving the crosshair does not redraw it.
            let mut view = view.slice;
            view.centre_mm[view.plane.normal_axis()] = 0.0;
            let key = SliceKey::new(scene, &view, None);
            if self.slots[slot].asked.as_ref() != Some(&key) {
                self.slots[slot].asked = Some(key.clone());
                self.ask(Request {
                    slot,
                    key,
                    scene: scene.clone(),
                    view,
                    context: context.clone(),
                });
            }
            *texture = self.slots[slot]
                .shown
                .as_ref()
                .map(|(_, handle)| handle.id());
        }
    }

    /// Whether a picture is still being drawn.
    pub fn is_busy(&self) -> bool {
        let known = |slot: &Slot| slot.shown.as_ref().map(|(key, _)| key) == slot.asked.as_ref();
        !self.slots.iter().all(known)
    }

    fn ask(&mut self, request: Request) {
        if self.worker.is_none() {
            self.worker = Worker::start();
        }
        let refused = match &self.worker {
            Some(worker) => worker.requests.send(request).err().map(|back| back.0),
            None => Some(request),
        };
        // A system that gives no threads, or a drawing that failed: draw here.
        if let Some(Request {
            slot,
            key,
            scene,
            view,
            context,
        }) = refused
        {
            self.worker = None;
            let pixels = glass::draw(&scene, &view);
            self.show(&context, slot, key, &pixels);
        }
    }

    fn collect(&mut self, context: &Context) {
        let Some(worker) = &self.worker else { return };
        let done: Vec<_> = worker.pictures.try_iter().collect();
        for (slot, key, pixels) in done {
            // One overtaken meanwhile is nearer the truth than the one before it, if it fits.
            let fits = |slot: &Slot| {
                let asked = slot.asked.as_ref();
                asked.is_some_and(|asked| asked.size_px() == key.size_px())
            };
            if self.slots.get(slot).is_some_and(fits) {
                self.show(context, slot, key, &pixels);
            }
        }
    }

    fn show(&mut self, context: &Context, slot: usize, key: SliceKey, pixels: &Pixels) {
        let image = ColorImage::from_rgba_premultiplied(
            pixels.size.map(|n| n as usize),
            pixels.rgba.as_flattened(),
        );
        let Some(slot) = self.slots.get_mut(slot) else {
            return;
        };
        match &mut slot.shown {
            Some((known, handle)) => {
                handle.set(image, TextureOptions::NEAREST);
                *known = key;
            }
            none => {
                let handle = context.load_texture("glass brain", image, TextureOptions::NEAREST);
                *none = Some((key, handle));
            }
        }
    }
}
