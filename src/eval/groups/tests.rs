//! Groups of made-up studies, named by a model that knows nothing and by association maps that know all.

use rand::Rng as _;

use super::super::method::Gyrus;
use super::*;
use crate::corpus::{SpaceNote, StudyTexts};
use crate::text::TextError;

const KINDS: [(&str, &str, [f32; 3]); 4] = [
    ("finger tapping", "finger tapping", [-40.0, -24.0, 56.0]),
    (
        "visual motion",
        "visual motion task (moving dots)",
        [44.0, -68.0, 4.0],
    ),
    (
        "fear conditioning",
        "fear conditioning",
        [22.0, -4.0, -18.0],
    ),
    ("Stroop", "Stroop task", [4.0, 24.0, 36.0]),
];

struct Letters;

impl TextEncoder for Letters {
    fn embed(&self, texts: &[&str], _: &Progress) -> Result<Vec<Vec<f32>>, TextError> {
        let vector = |text: &&str| {
            let mut out = vec![0.0; self.dim()];
            for (at, byte) in text.bytes().enumerate() {
                out[(at + 7 * usize::from(byte)) % 384] += 1.0;
            }
            crate::align::unit(&out)
        };
        Ok(texts.iter().map(vector).collect())
    }

    fn dim(&self) -> usize {
        384
    }

    fn fingerprint(&self) -> &'static str {
        "letters"
    }
}

/// `each` studies of every kind, and two of which nothing is known.
fn studies(each: usize, stream: &str) -> Vec<Study> {
    let mut rng = Seed(4).stream(stream, 0);
    let mut study = |title: String, centre: [f32; 3]| Study {
        pmid: rng.random(),
        own_id: None,
        doi: None,
        title,
        texts: StudyTexts::default(),
        year: None,
        peaks_mm: (0..4)
            .map(|_| centre.map(|c| c + rng.random_range(-6.0..6.0)))
            .collect(),
        space: SpaceNote::Mni,
    };
    let mut all: Vec<Study> = (0..each * KINDS.len())
        .map(|n| {
            let (words, _, centre) = KINDS[n % KINDS.len()];
            study(format!("What {words} does"), centre)
        })
        .collect();
    all.extend((0..2).map(|_| study("Of nothing".into(), [0.0, -50.0, 30.0])));
    all
}

#[test]
fn groups_are_gathered_named_and_compared() {
    let tasks = Ontology::embedded().tasks.iter();
    let tasks: Vec<(&str, &str)> = tasks.map(|t| (t.id.as_str(), t.name.as_str())).collect();
    let bundle = Bundle::synthetic(7, &tasks).unwrap();
    let (train, part) = (studies(9, "train"), studies(6, "part"));
    let (train, mut part): (Vec<&Study>, Vec<&Study>) =
        (train.iter().collect(), part.iter().collect());
    // Four of the last kind are too few.
    part.retain({
        let mut seen = 0;
        move |study| {
            seen += usize::from(study.title.contains("Stroop"));
            !study.title.contains("Stroop") || seen <= 4
        }
    });
    let bundles = [&bundle];
    let model = Gyrus(&bundles);
    // One task of the groups, and one that nobody names.
    let mut other = Ontology::embedded().clone();
    other
        .tasks
        .retain(|task| [KINDS[0].1, "deception task"].contains(&task.name.as_str()));
    let found = |robustness| {
        let setting = Setting {
            bundles: &bundles,
            peers: vec![&model],
            encoder: &Letters,
            lexical: None,
            train: &train,
            studies: &part,
            kernel: Kernel::KDE_9_MM,
            thinned: None,
            seed: Seed(1),
            robustness,
            other_tasks: Some(&other),
        };
        evaluate_groups(&setting, &Progress::new()).unwrap()
    };
    let (scores, robustness) = found(true);
    let groups: Vec<(&str, usize)> = scores
        .groups
        .iter()
        .map(|g| (g.name.as_str(), g.studies))
        .collect();
    let wanted: Vec<(&str, usize)> = KINDS[..3].iter().map(|(_, task, _)| (*task, 6)).collect();
    assert_eq!(groups, wanted);
    let names: Vec<&str> = scores.tables.iter().map(|t| t.maps.as_str()).collect();
    assert_eq!(
        names,
        [
            "density of the peaks",
            "simulated z maps, peak 8",
            "simulated z maps, peak 4"
        ]
    );
    let row = |table: &GroupTable, name: &str| {
        let mut rows = table.rows.iter();
        rows.find(|row| row.name == name).cloned().unwrap()
    };
    let first = &scores.tables[0];
    assert_eq!(
        row(first, "Neurosynth, same patterns").strict.mrr.mean,
        100.0
    );
    // A prior that is the same for every task leaves all tied, which counts against.
    let tied = 100.0 / tasks.len() as f64;
    assert!((row(first, "Prior alone").strict.mrr.mean - tied).abs() < 1e-9);
    for name in ["Gyrus", "Gyrus, labels dealt", "Gyrus, random studies"] {
        let row = row(first, name);
        assert!(row.strict.mrr.mean > 0.0 && row.strict.mrr.mean <= row.lenient.mrr.mean);
    }
    assert_eq!(first.differences.len() + 1, first.rows.len());
    // A uniform prior changes no order.
    let with = row(first, "Gyrus").lenient;
    assert_eq!(with, row(first, "Gyrus, no prior").lenient);

    let lists = scores.lists.as_ref().unwrap();
    assert_eq!(lists.groups, 1);
    let sizes: Vec<usize> = lists.rows.iter().map(|row| row.tasks).collect();
    assert_eq!(sizes, [[tasks.len(); 3], [2; 3]].concat());
    for row in &lists.rows {
        assert!(row.figures.mrr.mean >= 100.0 / row.tasks as f64, "{row:?}");
        // Among two tasks nothing lies beyond the fourth place.
        assert!(row.tasks > 2 || row.figures.recall_4.mean == 100.0);
    }

    let robustness = robustness.unwrap();
    assert_eq!(robustness.changes.len(), TRIED.len());
    let rows = first.rows.len() - 2;
    assert!(
        robustness
            .changes
            .iter()
            .all(|change| change.rows.len() == rows)
    );
    assert_eq!(robustness.unchanged, scores.tables[1].rows);
    let correlation = |change: &Disturbed| {
        let mut rows = change.rows.iter();
        rows.find(|r| r.row.name == "Neurosynth, same patterns")
            .unwrap()
            .clone()
    };
    let mirrored = robustness
        .changes
        .iter()
        .find(|c| c.what.contains("left and right"))
        .unwrap();
    assert!(
        correlation(mirrored).change.estimate < -10.0,
        "{mirrored:?}"
    );
    let smoothed = correlation(&robustness.changes[0]);
    assert!(smoothed.change.estimate.abs() < 1e-9, "{smoothed:?}");

    assert_eq!(found(false), (scores, None));
}

#[test]
fn nothing_is_ranked_where_no_title_names_a_task() {
    let bundle = Bundle::synthetic(7, &[("t1", "juggling")]).unwrap();
    let studies = studies(6, "part");
    let studies: Vec<&Study> = studies.iter().collect();
    let setting = Setting {
        bundles: &[&bundle],
        peers: Vec::new(),
        encoder: &Letters,
        lexical: None,
        train: &studies,
        studies: &studies,
        kernel: Kernel::KDE_9_MM,
        thinned: None,
        seed: Seed(1),
        robustness: true,
        other_tasks: None,
    };
    let (scores, robustness) = evaluate_groups(&setting, &Progress::new()).unwrap();
    assert!(scores.groups.is_empty() && scores.tables.is_empty() && robustness.is_none());
}
