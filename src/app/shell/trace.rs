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

/// How long the window's thread works on each frame. With `GYRUS_TRACE_FRAMES` set (to anything), one
/// line goes to stderr when the window closes.
#[derive(Debug)]
pub struct FrameTrace {
    begun: Option<Instant>,
    /// Empty and never filled where nobody asked.
    times_ms: Option<Vec<f32>>,
}

/// What one frame may take at 60 a second.
const FRAME_MS: f32 = 16.0;

impl FrameTrace {
    /// Off unless `GYRUS_TRACE_FRAMES` is set.
    pub fn from_environment() -> Self {
        let asked = std::env::var_os("GYRUS_TRACE_FRAMES").is_some();
        Self {
            begun: None,
            times_ms: asked.then(Vec::new),
        }
    }

    /// The frame's work begins.
    pub fn begin(&mut self) {
        if self.times_ms.is_some() {
            self.begun = Some(Instant::now());
        }
    }

    /// The frame's work is done.
    pub fn end(&mut self) {
        if let (Some(times), Some(begun)) = (&mut self.times_ms, self.begun.take()) {
            times.push(begun.elapsed().as_secs_f32() * 1e3);
        }
    }

    /// "812 frames: median 1.9 ms, 99 % below 6.0 ms, longest 14.2 ms, 0 over 16 ms"; `None` where
    /// nothing was measured. The first frame is left out: fonts and pipelines are made in it.
    pub fn summary(&self) -> Option<String> {
        let mut times = self.times_ms.as_ref()?.get(1..)?.to_vec();
        times.sort_by(f32::total_cmp);
        let at = |share: f64| times.get(((times.len() - 1) as f64 * share) as usize);
        let (median, high, longest) = (times.get(times.len() / 2)?, at(0.99)?, times.last()?);
        let over = times.iter().filter(|ms| **ms > FRAME_MS).count();
        Some(format!(
            "{} frames: median {median:.1} ms, 99 % below {high:.1} ms, longest {longest:.1} ms, \
             {over} over {FRAME_MS} ms",
            times.len()
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
    fn frames_are_summed_up_without_the_first() {
        let trace = FrameTrace {
            begun: None,
            times_ms: Some(vec![500.0, 1.0, 2.0, 3.0, 40.0]),
        };
        let said = trace.summary().unwrap();
        assert_eq!(
            said,
            "4 frames: median 3.0 ms, 99 % below 3.0 ms, longest 40.0 ms, 1 over 16 ms"
        );
        for times_ms in [None, Some(vec![]), Some(vec![5.0])] {
            let begun = None;
            assert_eq!(FrameTrace { begun, times_ms }.summary(), None);
        }
    }
}
