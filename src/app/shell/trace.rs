//! How long the start takes, and every frame. With `GYRUS_TRACE_START` set (to anything), one line goes to stderr when
//! the first frame with the anatomy and a map is on the screen, and the program goes on.

use std::time::Instant;

/// Waits for the first whole frame.
#[derive(Debug)]
pub struct StartTrace {
    stage: Stage,
}

#[derive(Debug, PartialEq, Eq)]
enum Stage {
    /// Nobody asked, or it was said.
    Off,
    /// Not drawn yet.
    Waiting,
    /// Handed to the painter: the next frame begins after it was presented.
    Drawn,
}

impl StartTrace {
    /// Off unless `GYRUS_TRACE_START` is set.
    pub fn from_environment() -> Self {
        let asked = std::env::var_os("GYRUS_TRACE_START").is_some();
        Self {
            stage: if asked { Stage::Waiting } else { Stage::Off },
        }
    }

    /// At the end of a frame that holds everything; whether one more frame is wanted.
    pub fn drawn(&mut self) -> bool {
        if self.stage != Stage::Waiting {
            return false;
        }
        self.stage = Stage::Drawn;
        true
    }

    /// At the beginning of every frame.
    pub fn before_frame(&mut self) {
        if self.stage == Stage::Drawn {
            self.stage = Stage::Off;
            match since_process_start_ms() {
                Some(ms) => eprintln!("first frame with the demo map after {ms:.0} ms"),
                None => eprintln!("first frame with the demo map; this system tells no start time"),
            }
        }
    }
}

/// How long frames take. With `GYRUS_TRACE_FRAMES` set (to anything) the window draws one frame after the
/// other without a pause, and one line goes to stderr when it closes.
#[derive(Debug)]
pub struct FrameTrace {
    begun: Option<Instant>,
    /// Empty and never filled where nobody asked.
    frames: Option<Vec<FrameTimes>>,
}

/// Of one frame, ms.
#[derive(Debug, Clone, Copy, Default)]
struct FrameTimes {
    /// From its beginning to the beginning of the next: until it was presented.
    presented: f32,
    /// Work of the features and the layout, without tessellating, uploading and drawing.
    window: f32,
}

/// What one frame may take at 60 a second.
const FRAME_MS: f32 = 16.7;

impl FrameTrace {
    /// Off unless `GYRUS_TRACE_FRAMES` is set.
    pub fn from_environment() -> Self {
        let asked = std::env::var_os("GYRUS_TRACE_FRAMES").is_some();
        Self {
            begun: None,
            frames: asked.then(Vec::new),
        }
    }

    /// Whether frames are measured: then the next one follows at once.
    pub fn is_on(&self) -> bool {
        self.frames.is_some()
    }

    /// The frame's work begins, and the one before is on the screen.
    pub fn begin(&mut self) {
        let Some(frames) = &mut self.frames else {
            return;
        };
        let now = Instant::now();
        if let (Some(last), Some(begun)) = (frames.last_mut(), self.begun) {
            last.presented = (now - begun).as_secs_f32() * 1e3;
        }
        self.begun = Some(now);
    }

    /// The frame is laid out.
    pub fn end(&mut self) {
        if let (Some(frames), Some(begun)) = (&mut self.frames, self.begun) {
            frames.push(FrameTimes {
                presented: 0.0,
                window: begun.elapsed().as_secs_f32() * 1e3,
            });
        }
    }

    /// "812 frames presented: median 21.9 ms, …; laid out: median …"; `None` where nothing was measured.
    /// The first frame is left out: fonts and pipelines are made in it; and the last, which was not
    /// presented yet.
    pub fn summary(&self) -> Option<String> {
        let frames = self.frames.as_ref()?;
        let whole = frames.get(1..frames.len().checked_sub(1)?)?;
        let of = |time: fn(&FrameTimes) -> f32| {
            let mut times: Vec<f32> = whole.iter().map(time).collect();
            times.sort_by(f32::total_cmp);
            let high = times.get(((times.len().max(1) - 1) as f64 * 0.99) as usize)?;
            let (median, longest) = (times.get(times.len() / 2)?, times.last()?);
            let over = times.iter().filter(|ms| **ms > FRAME_MS).count();
            Some(format!(
                "median {median:.1} ms, 99th percentile {high:.1} ms, longest {longest:.1} ms, \
                 {over} over {FRAME_MS} ms"
            ))
        };
        Some(format!(
            "{} frames presented: {}; laid out: {}",
            whole.len(),
            of(|frame| frame.presented)?,
            of(|frame| frame.window)?
        ))
    }
}

/// Time since the system started this process, to 10 ms; dynamic loading included.
fn since_process_start_ms() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name in brackets may hold spaces; field 22 of the whole line is the start in ticks since
    // boot, and Linux reports 100 ticks a second to programs whatever it uses itself.
    let ticks: f64 = stat
        .rsplit_once(')')?
        .1
        .split_whitespace()
        .nth(19)?
        .parse()
        .ok()?;
    let uptime = std::fs::read_to_string("/proc/uptime").ok()?;
    let now_s: f64 = uptime.split_whitespace().next()?.parse().ok()?;
    Some((now_s - ticks / 100.0) * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_summed_up_without_the_first_and_the_last() {
        let frames = [500.0, 1.0, 2.0, 3.0, 40.0, 0.0].map(|ms| FrameTimes {
            presented: ms,
            window: ms / 2.0,
        });
        let trace = |frames: Option<Vec<FrameTimes>>| FrameTrace {
            begun: None,
            frames,
        };
        assert_eq!(
            trace(Some(frames.to_vec())).summary().unwrap(),
            "4 frames presented: median 3.0 ms, 99th percentile 3.0 ms, longest 40.0 ms, 1 over 16.7 ms; \
             laid out: median 1.5 ms, 99th percentile 1.5 ms, longest 20.0 ms, 1 over 16.7 ms"
        );
        for frames in [None, Some(vec![]), Some(frames[..2].to_vec())] {
            assert_eq!(trace(frames).summary(), None);
        }
    }

    #[test]
    fn a_frame_is_presented_when_the_next_begins() {
        let mut trace = FrameTrace {
            begun: None,
            frames: Some(Vec::new()),
        };
        for _ in 0..3 {
            trace.begin();
            trace.end();
        }
        let frames = trace.frames.unwrap();
        assert!(frames[..2].iter().all(|f| f.presented >= f.window));
        assert_eq!(frames[2].presented, 0.0);
    }
}
