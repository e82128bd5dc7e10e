//! How long the start takes. With `GYRUS_TRACE_START` set (to anything), one line goes to stderr when
//! the first frame with the anatomy and a map is on the screen, and the program goes on.

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
