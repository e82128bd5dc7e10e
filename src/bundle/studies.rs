//! The study index as a file of its own beside the bundle: what a model lists of the articles it learnt from. Latents,
//! years and nearest tasks as in [`StudyIndex`]; titles and peaks deflated, and inflated when first asked for.
//!
//! It is a database derived from Neurosynth under the Open Database License 1.0.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use super::{BundleError, StudyIndex};
use crate::tensors::{Container, Dtype, Tensor};

/// Metadata key of what the file says about itself.
const HEAD_KEY: &str = "gyrus-studies";
/// The version this program writes, and the newest it reads.
const VERSION: u32 = 1;
/// Inflated titles, or peaks, have at most this many bytes a study.
const MAX_BYTES_A_STUDY: usize = 1 << 16;
/// A file is never larger: 20,000 studies take 6 MB.
pub(super) const MAX_FILE_BYTES: u64 = 1 << 30;

const TITLES: &str = "index.titles";
const PEAK_COUNTS: &str = "index.peak_counts";
const PEAKS: &str = "index.peaks";

/// Where the studies of the model at `path` are looked for.
pub(crate) fn path_beside(path: &Path) -> PathBuf {
    path.with_extension("studies")
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Head {
    version: u32,
    /// Sha-256 of the bundle whose space the latents lie in.
    model: String,
    licence: String,
}

/// Titles and peaks of the studies of an index, in its order.
#[derive(Debug, Clone)]
pub struct StudyFacts {
    titles: Vec<u8>,
    peaks: Vec<u8>,
    counts: Vec<u16>,
    ready: OnceLock<Ready>,
}

#[derive(Debug, Clone, Default)]
struct Ready {
    titles: Vec<String>,
    /// MNI mm, rounded.
    peaks: Vec<[i8; 3]>,
    /// Where each study's begin, and their end.
    starts: Vec<usize>,
}

impl PartialEq for StudyFacts {
    fn eq(&self, other: &Self) -> bool {
        (&self.titles, &self.peaks, &self.counts) == (&other.titles, &other.peaks, &other.counts)
    }
}

impl StudyFacts {
    /// Of each study its title (line breaks become spaces) and peaks (MNI mm, kept to the nearest mm).
    pub(crate) fn pack<'a>(studies: impl IntoIterator<Item = (&'a str, &'a [[f32; 3]])>) -> Self {
        let (mut titles, mut peaks, mut counts) = (String::new(), Vec::new(), Vec::new());
        for (title, reported) in studies {
            titles.push_str(&title.replace(['\n', '\r'], " "));
            titles.push('\n');
            let kept = &reported[..reported.len().min(usize::from(u16::MAX))];
            counts.push(kept.len() as u16);
            for v in kept.iter().flatten() {
                peaks.push((v.round().clamp(-127.0, 127.0) as i8).cast_unsigned());
            }
        }
        Self {
            titles: deflated(titles.as_bytes()),
            peaks: deflated(&peaks),
            counts,
            ready: OnceLock::new(),
        }
    }

    /// Number of studies.
    pub(super) fn len(&self) -> usize {
        self.counts.len()
    }

    /// The title of a study, where it is known.
    pub fn title(&self, study: usize) -> Option<&str> {
        let title = self.ready().titles.get(study)?;
        (!title.is_empty()).then_some(title.as_str())
    }

    /// How many peaks a study has.
    pub fn peak_count(&self, study: usize) -> usize {
        self.counts.get(study).copied().map_or(0, usize::from)
    }

    /// The peaks of a study, MNI mm; none where there is no such study.
    pub fn peaks_mm(&self, study: usize) -> Vec<[f32; 3]> {
        let ready = self.ready();
        let (Some(&from), Some(&to)) = (ready.starts.get(study), ready.starts.get(study + 1))
        else {
            return Vec::new();
        };
        let peaks = ready.peaks.get(from..to).unwrap_or_default();
        peaks.iter().map(|peak| peak.map(f32::from)).collect()
    }

    /// Everything inflated. Damaged bytes are no titles and no peaks: the digest of an embedded file is checked by
    /// the tests, and a file of the user's may still list its studies.
    fn ready(&self) -> &Ready {
        self.ready.get_or_init(|| {
            let titles = inflated(&self.titles, self.len()).unwrap_or_default();
            let titles = String::from_utf8_lossy(&titles);
            let peaks = inflated(&self.peaks, self.len()).unwrap_or_default();
            let mut starts = vec![0];
            for &count in &self.counts {
                starts.push(starts.last().copied().unwrap_or(0) + usize::from(count));
            }
            let (peaks, _) = peaks.as_chunks::<3>();
            Ready {
                titles: titles.lines().map(str::to_owned).collect(),
                peaks: peaks.iter().map(|p| p.map(u8::cast_signed)).collect(),
                starts,
            }
        })
    }
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail.
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}

fn inflated(bytes: &[u8], studies: usize) -> Option<Vec<u8>> {
    let most = studies.saturating_mul(MAX_BYTES_A_STUDY) as u64;
    let mut out = Vec::new();
    let read = ZlibDecoder::new(bytes).take(most).read_to_end(&mut out);
    read.ok().map(|_| out)
}

/// The file of an index: `model` is the fingerprint of the bundle it goes with.
pub(super) fn to_bytes(index: &StudyIndex, model: &str) -> Result<Vec<u8>, BundleError> {
    let mut out = Container::default();
    index.store(&mut out);
    if let Some(facts) = &index.facts {
        let bytes =
            |name, bytes: &[u8]| Tensor::new(name, Dtype::U8, &[bytes.len()], bytes.to_vec());
        out.push(bytes(TITLES, &facts.titles));
        out.push(bytes(PEAKS, &facts.peaks));
        out.push(Tensor::u16(PEAK_COUNTS, &[facts.len()], &facts.counts));
    }
    let head = Head {
        version: VERSION,
        model: model.to_owned(),
        licence: "Open Database License 1.0; contains information from the Neurosynth database, \
                  https://neurosynth.org"
            .to_owned(),
    };
    let head = serde_json::to_string(&head)
        .map_err(|e| BundleError::Damaged(format!("the head cannot be written: {e}")))?;
    out.metadata.insert(HEAD_KEY.into(), head);
    Ok(out.to_bytes())
}

/// Reads such a file; `None` where it goes with another model.
///
/// # Errors
/// A file that is no study index, a newer one, or a damaged one.
pub(super) fn from_bytes(
    bytes: &[u8],
    model: &str,
    tasks: usize,
) -> Result<Option<StudyIndex>, BundleError> {
    let mut from = Container::from_bytes(bytes)?;
    let head = from
        .metadata
        .get(HEAD_KEY)
        .ok_or_else(|| BundleError::NotABundle("it holds no studies".into()))?;
    let head: Head = serde_json::from_str(head)
        .map_err(|e| BundleError::NotABundle(format!("its head: {e}")))?;
    if head.version > VERSION {
        return Err(BundleError::Newer {
            needed: head.version,
        });
    }
    if head.model != model {
        return Ok(None);
    }
    let mut index = StudyIndex::load(&mut from, tasks)?;
    if let (Some(titles), Some(peaks), Some(counts)) =
        (from.take(TITLES), from.take(PEAKS), from.take(PEAK_COUNTS))
    {
        let facts = StudyFacts {
            titles: titles.as_u8()?.to_vec(),
            peaks: peaks.as_u8()?.to_vec(),
            counts: counts.to_u16()?,
            ready: OnceLock::new(),
        };
        if facts.len() != index.len() {
            return Err(BundleError::Damaged(
                "titles and studies differ in number".into(),
            ));
        }
        index.facts = Some(facts);
    }
    Ok(Some(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_and_peaks_come_back() {
        let peaks = [[-42.4, 10.0, 3.6], [200.0, 0.0, 0.0]];
        let facts = StudyFacts::pack([
            ("Fear\nof maps", &peaks[..]),
            ("", &[]),
            ("Pain", &peaks[..1]),
        ]);
        assert_eq!(facts.title(0), Some("Fear of maps"));
        assert_eq!((facts.title(1), facts.title(3)), (None, None));
        assert_eq!(facts.peaks_mm(0), [[-42.0, 10.0, 4.0], [127.0, 0.0, 0.0]]);
        assert!(facts.peaks_mm(1).is_empty() && facts.peaks_mm(9).is_empty());
        assert_eq!(facts.peaks_mm(2), [[-42.0, 10.0, 4.0]]);
        let mut torn = facts.clone();
        torn.titles.truncate(3);
        torn.ready = OnceLock::new();
        assert_eq!(torn.title(0), None);
    }

    #[test]
    fn an_index_goes_with_its_model_alone() {
        let bundle = super::super::Bundle::synthetic(3, &[("t1", "fear"), ("t2", "pain")]).unwrap();
        let mut index = bundle.index.unwrap();
        let facts = StudyFacts::pack((0..index.len()).map(|_| ("A study", &[[1.0, 2.0, 3.0]][..])));
        index.facts = Some(facts);
        let bytes = to_bytes(&index, "abc").unwrap();
        assert_eq!(from_bytes(&bytes, "abc", 2).unwrap().as_ref(), Some(&index));
        assert_eq!(from_bytes(&bytes, "other", 2).unwrap(), None);
        assert!(from_bytes(&bytes, "abc", 0).is_err());
        for length in [0, 9, 200, bytes.len() - 1] {
            assert!(from_bytes(&bytes[..length], "abc", 2).is_err(), "{length}");
        }
    }
}
