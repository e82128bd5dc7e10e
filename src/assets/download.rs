//! One file over the network, gone on with where it was cut short.

use std::path::Path;

use super::error::Trouble;
use super::http::{self, Missing};
use super::meter::Meter;
use super::part::{self, Part};
use super::{AssetError, Network, SourceFile};

/// Connections a file is given in one run, each of which has brought something.
const CONNECTIONS: u32 = 4;

/// How a connection ended.
enum Ended {
    /// All bytes are there.
    Whole,
    /// What is there is of no use to this server: begin again.
    Again,
    /// It broke off.
    Early(AssetError),
}

/// Brings the file at `url` under `target`.
///
/// # Errors
/// [`AssetError`]. What was under the name before is then as it was; what came of a download that ended early stays
/// as a part.
pub(super) fn download(
    file: &SourceFile,
    url: &str,
    target: &Path,
    network: &Network,
    meter: &mut Meter<'_>,
) -> Result<(), AssetError> {
    let mut part = Part::open(target, file.bytes, meter.progress())?;
    meter.add(part.len());
    let mut resumed = part.len() > 0;
    let mut connections = 0;
    loop {
        let before = part.len();
        let ended = if before == file.bytes {
            Ended::Whole
        } else {
            connections += 1;
            match connect(file, url, &mut part, network, meter) {
                Ok(ended) => ended,
                Err(error) => {
                    // Nothing to go on with: no trace.
                    if part.len() == 0 {
                        part.discard();
                    }
                    return Err(error);
                }
            }
        };
        match ended {
            Ended::Whole => {
                let sum = part.sum();
                if sum == file.sha256 {
                    return part.finish();
                }
                // Another version may have begun it: once more, from the beginning.
                if !resumed {
                    part.discard();
                    meter.back(file.bytes);
                    return Err(AssetError::Checksum {
                        origin: url.to_owned(),
                        got: sum,
                        wanted: file.sha256.to_owned(),
                    });
                }
                begin_again(&mut part, meter)?;
                resumed = false;
            }
            Ended::Again => {
                begin_again(&mut part, meter)?;
                resumed = false;
            }
            Ended::Early(error) => {
                if part.len() <= before || connections >= CONNECTIONS {
                    if part.len() == 0 {
                        part.discard();
                    }
                    return Err(error);
                }
                resumed = true;
            }
        }
    }
}

fn begin_again(part: &mut Part, meter: &mut Meter<'_>) -> Result<(), AssetError> {
    meter.back(part.len());
    part.reset()
}

/// One connection.
fn connect(
    file: &SourceFile,
    url: &str,
    part: &mut Part,
    network: &Network,
    meter: &mut Meter<'_>,
) -> Result<Ended, AssetError> {
    let unreachable = |missing| match missing {
        Missing::Cancelled => AssetError::Cancelled(crate::progress::Cancelled),
        Missing::Trouble(trouble) => AssetError::Unreachable {
            url: url.to_owned(),
            trouble,
        },
    };
    let tag = part.tag().map(str::to_owned);
    let answer = http::ask(url, part.len(), tag.as_deref(), network, meter.progress())
        .map_err(unreachable)?;
    let head = &answer.head;
    let whole = match (head.status, head.range) {
        (200, _) => {
            // From the beginning, asked for or not.
            if part.len() > 0 {
                begin_again(part, meter)?;
            }
            part.set_tag(head.tag.as_deref());
            head.length
        }
        (206, Some((first, whole))) if first == part.len() => whole,
        (206 | 416, _) if part.len() > 0 => return Ok(Ended::Again),
        (code, _) => {
            return Err(AssetError::Status {
                url: url.to_owned(),
                code,
            });
        }
    };
    let other_size = |got| AssetError::Size {
        origin: url.to_owned(),
        got,
        wanted: file.bytes,
    };
    if let Some(size) = whole
        && size != file.bytes
    {
        // A part of one version helps none with another.
        begin_again(part, meter)?;
        return Err(other_size(size));
    }
    loop {
        match answer.next(meter.progress()) {
            Ok(Some(bytes)) => {
                if part.len() + bytes.len() as u64 > file.bytes {
                    let got = part.len() + bytes.len() as u64;
                    begin_again(part, meter)?;
                    return Err(other_size(got));
                }
                part.write(&bytes)?;
                meter.add(bytes.len() as u64);
            }
            Ok(None) if part.len() == file.bytes => return Ok(Ended::Whole),
            Ok(None) => return Ok(early(file, url, part, "the server ended it".into())),
            // Some end it with an error after the last byte.
            Err(Missing::Trouble(_)) if part.len() == file.bytes => return Ok(Ended::Whole),
            Err(Missing::Trouble(trouble)) => {
                let why = match trouble {
                    Trouble::Other(_) => "the connection broke off".to_owned(),
                    Trouble::Silent { seconds, .. } => {
                        format!("the server sent nothing more for {seconds} s")
                    }
                    other => other.to_string(),
                };
                return Ok(early(file, url, part, why));
            }
            Err(Missing::Cancelled) => return Err(unreachable(Missing::Cancelled)),
        }
    }
}

fn early(file: &SourceFile, url: &str, part: &Part, why: String) -> Ended {
    Ended::Early(AssetError::Cut {
        url: url.to_owned(),
        got: part.len(),
        wanted: file.bytes,
        why,
    })
}

/// Removes what an earlier download of `target` left: it came another way.
pub(super) fn forget(target: &Path) {
    part::discard(target);
}
