//! What every reader makes of its files: studies as one source has them, before merging.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use super::drops::{At, DropReason, Dropped, Drops};
use super::report::SourceCount;
use super::rows::{check_peaks, check_studies};
use super::{CorpusError, Study, StudyTexts};

/// A space as a table states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum ReportedSpace {
    Mni,
    Talairach,
    #[default]
    Unknown,
}

impl ReportedSpace {
    /// "MNI", "mni152", "MNI305", "ale_2mm"…, "TAL", "Talairach"…; anything else is unknown.
    pub(super) fn parse(text: &str) -> Self {
        let text = text.trim().to_ascii_lowercase();
        let starts = |names: &[&str]| names.iter().any(|name| text.starts_with(name));
        if starts(&["mni", "icbm", "ale_"]) {
            Self::Mni
        } else if starts(&["tal"]) {
            Self::Talairach
        } else {
            Self::Unknown
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Mni => "MNI",
            Self::Talairach => "Talairach",
            Self::Unknown => "not stated",
        }
    }
}

/// A study as one source has it.
#[derive(Debug, Clone, Default)]
pub(super) struct RawStudy {
    pub(super) own_id: Option<String>,
    pub(super) doi: Option<String>,
    pub(super) title: String,
    pub(super) texts: StudyTexts,
    pub(super) year: Option<u16>,
    pub(super) space: ReportedSpace,
    pub(super) peaks: Vec<[f32; 3]>,
    /// A map of its own, where it has one instead of peaks.
    pub(super) map: Option<PathBuf>,
}

/// Numbers of studies that have none of PubMed's, shared by the sources of a corpus: a name is one study.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<String, u32>);

impl Names {
    /// The number of a name, a new one where it is new.
    pub(super) fn number(&mut self, name: &str) -> u32 {
        if let Some(&known) = self.0.get(name) {
            return known;
        }
        // More names than numbers left would need a table of a billion rows.
        let number = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        let number = Study::FIRST_UNNUMBERED.saturating_add(number);
        self.0.insert(name.to_owned(), number);
        number
    }

    /// The number of a name that has one.
    pub(super) fn get(&self, name: &str) -> Option<u32> {
        self.0.get(name).copied()
    }
}

/// All studies of one source.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub(super) count: SourceCount,
    pub(super) studies: BTreeMap<u32, RawStudy>,
    pub(super) drops: Drops,
    /// Things worth knowing, one sentence each.
    pub(super) notes: Vec<String>,
    /// The space stated of each peak, in their order, where peaks state one of their own.
    pub(super) peak_spaces: HashMap<u32, Vec<ReportedSpace>>,
}

impl Source {
    /// An empty one; drops are listed or only counted.
    pub(super) fn new(name: &str, list_drops: bool) -> Self {
        Self {
            count: SourceCount {
                name: name.into(),
                ..SourceCount::default()
            },
            drops: Drops::new(list_drops),
            ..Self::default()
        }
    }

    /// A study's row that is not used.
    pub(super) fn drop_study(&mut self, at: At<'_>, study: &str, reason: DropReason, why: &str) {
        self.count.rejected_studies.add(at, why);
        self.drops
            .add(reason, || dropped(at, study, reason, None, why));
    }

    /// A peak's row that is not used.
    pub(super) fn drop_peak(&mut self, at: At<'_>, study: &str, reason: DropReason, why: &str) {
        self.count.rejected_peaks.add(at, why);
        self.drops
            .add(reason, || dropped(at, study, reason, None, why));
    }

    /// The study of this number, a new one where it is new.
    ///
    /// # Errors
    /// [`CorpusError::TooLarge`].
    pub(super) fn study(
        &mut self,
        at: At<'_>,
        number: u32,
        name: &str,
    ) -> Result<&mut RawStudy, CorpusError> {
        check_studies(at.path, self.studies.len())?;
        Ok(self.studies.entry(number).or_insert_with(|| RawStudy {
            own_id: (number >= Study::FIRST_UNNUMBERED).then(|| name.to_owned()),
            ..RawStudy::default()
        }))
    }

    /// A peak of a study that is there, if it is three finite numbers.
    ///
    /// # Errors
    /// [`CorpusError::TooLarge`].
    pub(super) fn peak(
        &mut self,
        at: At<'_>,
        (number, name): (u32, &str),
        peak: [f32; 3],
        space: ReportedSpace,
    ) -> Result<(), CorpusError> {
        if !peak.iter().all(|v| v.is_finite()) {
            let why = format!("{name}: {peak:?} are not three numbers");
            self.drop_peak(at, name, DropReason::NotNumbers, &why);
            return Ok(());
        }
        check_peaks(at.path, self.count.peaks)?;
        let Some(study) = self.studies.get_mut(&number) else {
            let why = format!("no study {name:?}");
            self.drop_peak(at, name, DropReason::NoStudy, &why);
            return Ok(());
        };
        self.count.peaks += 1;
        study.peaks.push(peak);
        self.peak_spaces.entry(number).or_default().push(space);
        Ok(())
    }

    /// Gives studies without a stated space that of their peaks: where not all of them agree, those marked
    /// Talairach are converted one by one. To be called once all peaks are read.
    pub(super) fn settle(&mut self) {
        self.count.studies = self.studies.len();
        for (number, spaces) in std::mem::take(&mut self.peak_spaces) {
            if let Some(study) = self.studies.get_mut(&number) {
                settle_space(study, &spaces);
            }
        }
    }
}

fn dropped(
    at: At<'_>,
    study: &str,
    reason: DropReason,
    peak_mm: Option<[f32; 3]>,
    why: &str,
) -> Dropped {
    Dropped {
        reason,
        study: study.to_owned(),
        file: at.file(),
        line: (at.line > 0).then_some(at.line),
        peak_mm,
        detail: why.chars().take(200).collect(),
    }
}

fn settle_space(study: &mut RawStudy, spaces: &[ReportedSpace]) {
    let Some(&first) = spaces.first() else { return };
    if study.space != ReportedSpace::Unknown {
        return;
    }
    if spaces.iter().all(|&s| s == first) {
        study.space = first;
        return;
    }
    for (peak, &space) in study.peaks.iter_mut().zip(spaces) {
        if space == ReportedSpace::Talairach {
            *peak = super::merge::tal_to_mni(*peak);
        }
    }
    study.space = ReportedSpace::Mni;
}

/// A year of publication, also written "2011.0" as spreadsheets do.
pub(super) fn parse_year(text: &str) -> Option<u16> {
    let text = text.trim();
    text.strip_suffix(".0").unwrap_or(text).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_are_recognised_as_people_write_them() {
        use ReportedSpace::{Mni, Talairach, Unknown};
        for (text, want) in [
            ("MNI", Mni),
            (" mni152 ", Mni),
            ("ICBM", Mni),
            ("ale_2mm", Mni),
            ("TAL", Talairach),
            ("talairach", Talairach),
            ("UNKNOWN", Unknown),
            ("", Unknown),
            ("colin", Unknown),
        ] {
            assert_eq!(ReportedSpace::parse(text), want, "{text}");
        }
    }

    #[test]
    fn a_name_is_one_number() {
        let mut names = Names::default();
        let (a, b) = (names.number("a"), names.number("b"));
        assert_eq!(
            (a, b),
            (Study::FIRST_UNNUMBERED, Study::FIRST_UNNUMBERED + 1)
        );
        assert_eq!(
            (names.number("a"), names.get("b"), names.get("c")),
            (a, Some(b), None)
        );
    }
}
