//! A device without a window, for exports and tests.

use std::sync::OnceLock;
use std::sync::mpsc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use eframe::wgpu;

use super::slices::SliceRenderer;
use crate::render::RenderError;

/// How long an adapter may take to answer. Broken drivers and remote displays hang for minutes.
const PATIENCE: Duration = Duration::from_secs(3);

/// An adapter that draws off screen.
#[derive(Clone)]
pub struct Headless {
    device: wgpu::Device,
    queue: wgpu::Queue,
    /// "llvmpipe (LLVM 15.0.6, 256 bits), Vulkan": for `info` and reports.
    pub name: String,
    /// Whether the adapter is a processor that pretends.
    pub is_software: bool,
}

impl Headless {
    /// The adapter of this process, opened on first use. It never takes longer than three seconds;
    /// a failure is remembered and not tried again.
    pub fn shared() -> Result<Self, RenderError> {
        static SHARED: OnceLock<Result<Headless, String>> = OnceLock::new();
        SHARED
            .get_or_init(|| open(PATIENCE))
            .clone()
            .map_err(RenderError::NoAdapter)
    }

    #[cfg(test)]
    pub(super) fn parts(&self) -> (&wgpu::Device, &wgpu::Queue) {
        (&self.device, &self.queue)
    }

    /// A renderer with its own textures.
    pub fn renderer(&self) -> SliceRenderer {
        SliceRenderer::new(&self.device, &self.queue)
    }

    /// A renderer that lets the processor draw and keeps the pictures on this adapter.
    pub fn renderer_by_processor(&self) -> SliceRenderer {
        SliceRenderer::by_processor(&self.device, &self.queue)
    }
}

/// Opens a device on a thread of its own, which is left behind when it does not answer.
fn open(patience: Duration) -> Result<Headless, String> {
    let (send, receive) = mpsc::channel();
    std::thread::Builder::new()
        .name("adapter probe".into())
        .spawn(move || send.send(block_on(request())).ok())
        .map_err(|error| error.to_string())?;
    match receive.recv_timeout(patience) {
        Ok(answer) => answer,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(format!(
            "the driver did not answer within {} s",
            patience.as_secs()
        )),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err("the driver crashed".to_owned()),
    }
}

async fn request() -> Result<Headless, String> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    // OpenGL needs a display connection on most systems and is the one that hangs.
    descriptor.backends = wgpu::Backends::PRIMARY.with_env();
    let instance = wgpu::Instance::new(descriptor);
    let adapter = instance
        .request_adapter(&wgpu::RequestAdapterOptions::default())
        .await
        .map_err(|error| error.to_string())?;
    let info = adapter.get_info();
    let (device, queue) = adapter
        .request_device(&wgpu::DeviceDescriptor {
            label: Some("gyrus off screen"),
            required_limits: wgpu::Limits::default().using_resolution(adapter.limits()),
            ..Default::default()
        })
        .await
        .map_err(|error| error.to_string())?;
    Ok(Headless {
        device,
        queue,
        name: format!("{}, {:?}", info.name, info.backend),
        is_software: info.device_type == wgpu::DeviceType::Cpu,
    })
}

/// Waits for a future by parking the thread.
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(std::sync::Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adapter_that_does_not_answer_is_given_up() {
        let start = std::time::Instant::now();
        // No driver opens a device in a nanosecond.
        let answer = open(Duration::from_nanos(1));
        assert!(answer.is_err_and(|why| why.contains("did not answer")));
        assert!(start.elapsed() < PATIENCE);
    }

    #[test]
    fn block_on_waits_for_a_wake_from_another_thread() {
        let (send, receive) = mpsc::channel::<Waker>();
        let waiter = std::thread::spawn(move || {
            let mut woken = false;
            block_on(std::future::poll_fn(move |context| {
                if std::mem::replace(&mut woken, true) {
                    return Poll::Ready(7);
                }
                send.send(context.waker().clone()).unwrap();
                Poll::Pending
            }))
        });
        receive.recv().unwrap().wake();
        assert_eq!(waiter.join().unwrap(), 7);
    }
}
