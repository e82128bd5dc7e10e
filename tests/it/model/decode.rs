//! Decoding through a synthetic bundle: the whole road but the trained weights.

use gyrus::decode::{self, DecodeError, Decoding, PreparedMap, Tail, Unsuitable, decode};
use gyrus::error::Explain as _;
use gyrus::ontology::Ontology;
use gyrus::progress::Progress;
use gyrus::volume::{Affine, MapKind, Volume, VolumeData};

use crate::support::models::{BUNDLE, map_of, values_at};

fn read(map: &Volume, tail: Tail) -> Result<Decoding, DecodeError> {
    decode(&BUNDLE, Ontology::embedded(), map, tail, &Progress::new()).map(|read| read.decoding)
}

fn prepared(map: &Volume) -> PreparedMap<'_> {
    PreparedMap::new(&BUNDLE, Ontology::embedded(), map, &Progress::new()).unwrap()
}

fn same_ranking(a: &Decoding, b: &Decoding, tolerance: f32) -> bool {
    a.tasks.iter().all(|x| {
        b.tasks
            .iter()
            .any(|y| x.id == y.id && (x.similarity - y.similarity).abs() <= tolerance)
    })
}

#[test]
fn a_decoding_is_complete_sorted_and_normalised() {
    let got = read(&map_of(values_at), Tail::Pos).unwrap();
    assert_eq!(got.tasks.len(), Ontology::embedded().tasks.len());
    assert_eq!(got.concepts.len(), Ontology::embedded().concepts.len());
    assert_eq!(got.domains.len(), 10);
    assert!(got.tasks.is_sorted_by(|a, b| a.posterior >= b.posterior));
    assert!(got.concepts.is_sorted_by(|a, b| a.score >= b.score));
    assert!(got.domains.is_sorted_by(|a, b| a.score >= b.score));
    for field in [
        |t: &decode::TaskScore| t.posterior,
        |t: &decode::TaskScore| t.likelihood,
        |t: &decode::TaskScore| t.prior,
    ] {
        let sum: f32 = got.tasks.iter().map(field).sum();
        assert!((sum - 1.0).abs() < 1e-4, "{sum}");
    }
    assert_eq!(got.coverage, 1.0);
    assert_eq!(got.warnings, Vec::<String>::new());
}

/// The published formulas once more, from the parts of the bundle, written as in the paper.
#[test]
fn scores_equal_the_formulas_on_the_parts() {
    let map = map_of(values_at);
    let got = read(&map, Tail::Pos).unwrap();
    let latent = decode::latent(&BUNDLE, &map, Tail::Pos, &Progress::new()).unwrap();
    let tasks = &BUNDLE.tasks;
    let scale = f64::from(BUNDLE.decode_scale);
    let exp: Vec<f64> = (0..tasks.len())
        .map(|k| {
            let t = BUNDLE.task_latent(k);
            let cosine: f64 = latent
                .iter()
                .zip(&t)
                .map(|(&a, &b)| f64::from(a) * f64::from(b))
                .sum();
            (scale * cosine).exp()
        })
        .collect();
    let total: f64 = exp.iter().sum();
    let joint: Vec<f64> = exp
        .iter()
        .zip(&tasks.prior)
        .map(|(e, &p)| e / total * f64::from(p))
        .collect();
    let evidence: f64 = joint.iter().sum();
    let close = |a: f32, b: f64| assert!((f64::from(a) / b - 1.0).abs() < 1e-4, "{a} {b}");
    let mut posterior = std::collections::HashMap::new();
    for (k, id) in tasks.ids.iter().enumerate() {
        let row = got.tasks.iter().find(|t| t.id == *id).unwrap();
        let (post, prior) = (joint[k] / evidence, f64::from(tasks.prior[k]));
        close(row.likelihood, exp[k] / total);
        close(row.posterior, post);
        close(
            row.bayes_factor,
            (post / (1.0 - post)) / (prior / (1.0 - prior)),
        );
        posterior.insert(id.as_str(), post);
    }
    let ontology = Ontology::embedded();
    let mut none_of_domain = std::collections::HashMap::new();
    for concept in &got.concepts {
        let id = gyrus::ontology::ConceptId(concept.id.clone());
        let none: f64 = ontology
            .tasks
            .iter()
            .filter(|t| t.concepts.contains(&id))
            .map(|t| 1.0 - posterior[t.id.as_str()])
            .product();
        close(concept.score, 1.0 - none);
        *none_of_domain
            .entry(ontology.concept(&id).unwrap().domain.0.clone())
            .or_insert(1.0) *= none;
    }
    for domain in &got.domains {
        close(domain.score, 1.0 - none_of_domain[&domain.id]);
    }
}

#[test]
fn scale_does_not_matter_and_the_mirror_image_does() {
    let plain = read(&map_of(values_at), Tail::Pos).unwrap();
    for scale in [1e-30_f32, 0.1, 1e30] {
        let scaled = read(&map_of(|mm| scale * values_at(mm)), Tail::Pos).unwrap();
        assert!(same_ranking(&plain, &scaled, 1e-4), "scale {scale}");
    }
    let mirrored = read(&map_of(|[x, y, z]| values_at([-x, y, z])), Tail::Pos).unwrap();
    assert!(!same_ranking(&plain, &mirrored, 1e-3));
}

#[test]
fn each_tail_is_read_on_its_own() {
    let map = map_of(values_at);
    let negated = map_of(|mm| -values_at(mm));
    let (pos, neg) = (
        read(&map, Tail::Pos).unwrap(),
        read(&map, Tail::Neg).unwrap(),
    );
    assert!(!same_ranking(&pos, &neg, 1e-3));
    assert!(same_ranking(
        &neg,
        &read(&negated, Tail::Pos).unwrap(),
        1e-6
    ));
    let prepared = prepared(&map);
    assert_eq!(prepared.balance().leading, Tail::Pos);
    let both = prepared.read_both(&Progress::new()).unwrap();
    let both = both.map(Result::unwrap);
    assert_eq!(
        both.iter().map(|one| one.decoding.tail).collect::<Vec<_>>(),
        [Tail::Pos, Tail::Neg]
    );
    assert!(same_ranking(&both[0].decoding, &pos, 0.0));
    assert!(same_ranking(&both[1].decoding, &neg, 0.0));
    // Each carries the place its ranking was made from: nearest studies need no second projection.
    for one in &both {
        let again = decode::latent(&BUNDLE, &map, one.decoding.tail, &Progress::new());
        assert_eq!(one.latent, again.unwrap());
        let length: f32 = one.latent.iter().map(|v| v * v).sum();
        assert!((length - 1.0).abs() < 1e-5, "{length}");
    }
    // The single answer for both is the stronger side.
    assert_eq!(read(&map, Tail::Both).unwrap().tail, Tail::Pos);
    assert_eq!(read(&negated, Tail::Both).unwrap().tail, Tail::Neg);
}

#[test]
fn a_map_without_one_side_says_so() {
    let positive = map_of(|mm| values_at(mm).max(0.0));
    let error = read(&positive, Tail::Neg).unwrap_err();
    assert!(matches!(error, DecodeError::EmptyTail(Tail::Neg)));
    assert!(error.explain().remedy.contains("--tail pos"));
    let both = prepared(&positive).read_both(&Progress::new()).unwrap();
    assert!(matches!(
        both,
        [Ok(_), Err(DecodeError::EmptyTail(Tail::Neg))]
    ));
}

#[test]
fn nothing_to_read_is_an_explained_error() {
    let labels = Volume {
        data: VolumeData::Label(vec![1; 46 * 55 * 46].into()),
        ..map_of(values_at)
    };
    let colours = Volume {
        data: VolumeData::Rgba(vec![[9; 4]; 46 * 55 * 46].into()),
        ..map_of(values_at)
    };
    let elsewhere = {
        let mut map = map_of(values_at);
        map.grid.affine = Affine::scale_translate([4.0; 3], [5000.0; 3]);
        map
    };
    let cases = [
        (map_of(|_| f32::NAN), "no value anywhere"),
        (elsewhere, "no value anywhere"),
        (map_of(|_| 0.0), "are 0"),
        (labels, "labels"),
        (colours, "colours"),
        (
            Volume {
                kind: MapKind::Label,
                ..map_of(values_at)
            },
            "labels",
        ),
        (map_of(|_| 3.5), "no pattern"),
    ];
    for (map, expected) in cases {
        for tail in [Tail::Pos, Tail::Both] {
            let error = read(&map, tail).unwrap_err();
            let explained = error.explain();
            assert!(
                explained.why.contains(expected),
                "{explained} lacks {expected:?}"
            );
            assert!(!explained.remedy.is_empty() && !explained.what.ends_with('.'));
        }
    }
}

#[test]
fn partial_and_thresholded_maps_are_read_with_a_warning() {
    let half = read(
        &map_of(|mm| {
            if mm[2] > 10.0 {
                values_at(mm)
            } else {
                f32::NAN
            }
        }),
        Tail::Pos,
    )
    .unwrap();
    assert!(
        half.coverage > 0.2 && half.coverage < 0.8,
        "{}",
        half.coverage
    );
    assert!(
        half.warnings.iter().any(|w| w.contains("field of view")),
        "{:?}",
        half.warnings
    );
    let thresholded = map_of(|mm| {
        if values_at(mm) > 3.1 {
            values_at(mm)
        } else {
            0.0
        }
    });
    let warnings = read(&thresholded, Tail::Pos).unwrap().warnings;
    assert!(
        warnings.iter().any(|w| w.contains("thresholded")),
        "{warnings:?}"
    );
    let weak = read(&map_of(|mm| 0.3 * values_at(mm)), Tail::Pos)
        .unwrap()
        .warnings;
    assert!(weak.iter().any(|w| w.contains("3.1")), "{weak:?}");
}

#[test]
fn a_stop_is_obeyed() {
    let progress = Progress::new();
    progress.cancel();
    let map = map_of(values_at);
    let stopped = decode(&BUNDLE, Ontology::embedded(), &map, Tail::Pos, &progress);
    assert!(matches!(stopped, Err(DecodeError::Cancelled(_))));
}

fn unsuitable(map: &Volume) -> Option<Unsuitable> {
    match prepared(map).check() {
        Ok(()) => None,
        Err(DecodeError::Declined(why)) => Some(why),
        Err(other) => panic!("{other}"),
    }
}

fn of_kind(kind: MapKind, value: impl Fn([f64; 3]) -> f32) -> Volume {
    Volume {
        kind,
        ..map_of(value)
    }
}

#[test]
fn what_is_no_statistic_is_declined_and_says_why() {
    // Bright in the middle, darker outwards, everywhere above 0.
    let head = |mm: [f64; 3]| 900.0 - 3.0 * mm.iter().map(|x| x.abs()).sum::<f64>() as f32;
    let blob = |mm| values_at(mm).max(0.0);
    for (map, reason) in [
        (of_kind(MapKind::Anatomy, head), Unsuitable::Anatomy),
        (of_kind(MapKind::P, |_| 0.4), Unsuitable::PValues),
        (
            of_kind(MapKind::Mask, |mm| f32::from(values_at(mm) > 3.0)),
            Unsuitable::Mask,
        ),
        (of_kind(MapKind::Unknown, head), Unsuitable::RawIntensities),
    ] {
        assert_eq!(unsuitable(&map), Some(reason));
        let error = prepared(&map).check().unwrap_err();
        let told = error.explain();
        assert!(told.remedy.contains("--anyway"), "{told}");
    }
    let weak = map_of(|mm| 0.3 * values_at(mm));
    assert!(matches!(unsuitable(&weak), Some(Unsuitable::Noise(most)) if most < 3.1));
    // Nobody knows which noise effects have.
    assert_eq!(
        unsuitable(&of_kind(MapKind::Beta, |mm| 0.1 * values_at(mm))),
        None
    );
    // Undescribed, but not filled with values of one sign.
    assert_eq!(unsuitable(&of_kind(MapKind::Unknown, blob)), None);
    assert_eq!(unsuitable(&of_kind(MapKind::Unknown, values_at)), None);
    assert_eq!(unsuitable(&of_kind(MapKind::F, head)), None);
}

#[test]
fn a_grid_that_holds_little_of_the_brain_is_declined_and_a_thresholded_map_is_not() {
    let mut slab = map_of(values_at);
    slab.grid.shape[2] = 8;
    slab.grid.affine = Affine::scale_translate([4.0; 3], [-90.0, -126.0, 40.0]);
    let values: Vec<f32> = (0..slab.grid.len())
        .map(|i| values_at(slab.grid.world(slab.grid.voxel(i))))
        .collect();
    slab.data = VolumeData::Scalar(values.into());
    assert!(
        matches!(unsuitable(&slab), Some(Unsuitable::Coverage(seen)) if seen < 0.2),
        "{:?}",
        unsuitable(&slab)
    );
    for nothing in [0.0, f32::NAN] {
        let thresholded = map_of(|mm| match values_at(mm) {
            strong if strong > 4.0 => strong,
            _ => nothing,
        });
        assert_eq!(unsuitable(&thresholded), None);
    }
    assert_eq!(unsuitable(&map_of(values_at)), None);
}

#[test]
fn pictures_are_declined_and_published_maps_are_not() {
    let t1 = gyrus::space::template_t1().unwrap();
    assert_eq!(unsuitable(&t1), Some(Unsuitable::Anatomy));
    let demo = gyrus::space::demo_map(&Progress::new()).unwrap();
    assert_eq!(unsuitable(&demo), None);
    let Some(folder) = crate::support::shared::shared("maps") else {
        return;
    };
    let open = |path: std::path::PathBuf| gyrus::space::open_map(&path, 0, &Progress::new());
    let mut leading = std::collections::BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "gz") {
            let map = open(path.clone()).unwrap();
            assert_eq!(unsuitable(&map), None, "{}", path.display());
            leading.insert(map.name.clone(), prepared(&map).balance().leading);
        }
    }
    let negative: Vec<_> = leading
        .iter()
        .filter(|(_, tail)| **tail == Tail::Neg)
        .collect();
    // The group's effect of gains was negative; auditory cortex leads the map of intact speech.
    assert_eq!(negative.len(), 1, "{leading:?}");
    assert!(negative[0].0.contains("narps"), "{leading:?}");
    let bold = crate::support::shared::shared("formats/nibabel_volumes/functional.nii").unwrap();
    assert_eq!(
        unsuitable(&open(bold).unwrap()),
        Some(Unsuitable::RawIntensities)
    );
}
