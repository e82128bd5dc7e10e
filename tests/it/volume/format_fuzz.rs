//! No bytes whatever make a reader panic or take absurd memory: headers of every format, changed,
//! cut and made up.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use gyrus::error::Explain as _;
use gyrus::progress::Progress;
use gyrus::volume::{self, MapFile, VolumeError};
use proptest::prelude::*;

struct Pair {
    header: Vec<u8>,
    image: Vec<u8>,
}

fn fixture(name: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    std::fs::read(root.join(name)).unwrap()
}

static ANALYZE: LazyLock<Pair> = LazyLock::new(|| Pair {
    header: fixture("analyze/float32.hdr"),
    image: fixture("analyze/float32.img"),
});
static AFNI: LazyLock<Pair> = LazyLock::new(|| Pair {
    header: fixture("afni/short_le+orig.HEAD"),
    image: fixture("afni/short_le+orig.BRIK"),
});
static MGH: LazyLock<Vec<u8>> = LazyLock::new(|| fixture("mgh/float.mgh"));

/// What must hold of any outcome.
fn holds(outcome: Result<volume::Volume, VolumeError>, bytes: usize) -> Result<(), TestCaseError> {
    match outcome {
        Ok(map) => {
            prop_assert!(map.grid.affine.inverse().is_some());
            prop_assert!(map.grid.len() as u64 <= 1032 * bytes as u64);
            prop_assert!(map.robust_max().is_finite());
            map.value_at_world([0.0; 3]);
        }
        Err(error) => {
            let told = error.explain();
            prop_assert!(!told.why.is_empty() && !told.remedy.is_empty());
        }
    }
    Ok(())
}

fn pair_survives(folder: &Path, names: [&str; 2], pair: &Pair) -> Result<(), TestCaseError> {
    let paths: [PathBuf; 2] = names.map(|name| folder.join(name));
    std::fs::write(&paths[0], &pair.header).unwrap();
    std::fs::write(&paths[1], &pair.image).unwrap();
    let bytes = pair.header.len() + pair.image.len();
    holds(volume::open(&paths[0], &Progress::new()), bytes)?;
    if let Ok(file) = MapFile::open(&paths[1], &Progress::new()) {
        let last = file.frames() - 1;
        holds(file.frame(last, &Progress::new()), bytes)?;
        let _ = file.time_course([0; 3], &Progress::new());
    }
    Ok(())
}

fn changes(len: usize) -> impl Strategy<Value = Vec<(usize, u8)>> {
    proptest::collection::vec((0..len, any::<u8>()), 1..10)
}

/// A number, in text, that may be none.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (-10i64..300).prop_map(|n| n.to_string()),
        1 => any::<i64>().prop_map(|n| n.to_string()),
        1 => any::<f64>().prop_map(|n| n.to_string()),
        1 => Just("~".to_owned()),
        1 => Just(String::new()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_analyze_pairs_never_panic(changes in changes(348), cut in 0usize..2000) {
        let folder = tempfile::tempdir().unwrap();
        let mut pair = Pair { header: ANALYZE.header.clone(), image: ANALYZE.image.clone() };
        for (at, byte) in changes {
            pair.header[at] = byte;
        }
        if cut % 4 == 0 {
            pair.header.truncate(cut);
        }
        if cut % 4 == 1 {
            pair.image.truncate(cut);
        }
        pair_survives(folder.path(), ["x.hdr", "x.img"], &pair)?;
    }

    #[test]
    fn changed_mgh_files_never_panic(changes in changes(92), cut in 0usize..4000) {
        let mut bytes = MGH.clone();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        if cut % 3 == 0 {
            bytes.truncate(cut);
        }
        holds(volume::from_bytes("x.mgh", &bytes, &Progress::new()), bytes.len())?;
    }

    #[test]
    fn changed_afni_text_never_panics(at in 0usize..1500, gone in 0usize..40, word in word(), cut in 0usize..6000) {
        let folder = tempfile::tempdir().unwrap();
        let mut pair = Pair { header: AFNI.header.clone(), image: AFNI.image.clone() };
        let at = at.min(pair.header.len());
        let until = (at + gone).min(pair.header.len());
        pair.header.splice(at..until, word.bytes());
        if cut % 4 == 0 {
            pair.header.truncate(cut);
        }
        pair_survives(folder.path(), ["x+orig.HEAD", "x+orig.BRIK"], &pair)?;
    }

    #[test]
    fn made_up_afni_attributes_never_panic(
        dims in proptest::collection::vec(word(), 0..6),
        rank in proptest::collection::vec(word(), 0..4),
        types in proptest::collection::vec(word(), 0..4),
        matrix in proptest::collection::vec(word(), 0..14),
        stat in proptest::collection::vec(word(), 0..9),
        labels in ".{0,30}",
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut text = String::new();
        for (kind, name, words) in [
            ("integer", "DATASET_DIMENSIONS", dims),
            ("integer", "DATASET_RANK", rank),
            ("integer", "BRICK_TYPES", types),
            ("float", "IJK_TO_DICOM_REAL", matrix.clone()),
            ("float", "BRICK_FLOAT_FACS", matrix),
            ("float", "BRICK_STATAUX", stat),
        ] {
            text += &format!("\ntype = {kind}-attribute\nname = {name}\ncount = {}\n {}\n", words.len(), words.join(" "));
        }
        text += &format!("\ntype = string-attribute\nname = BRICK_LABS\ncount = {}\n'{labels}~\n", labels.len() + 1);
        let pair = Pair { header: text.into_bytes(), image: vec![3; 5000] };
        pair_survives(folder.path(), ["x+orig.HEAD", "x+orig.BRIK"], &pair)?;
    }

    #[test]
    fn any_bytes_after_any_beginning_never_panic(
        start in prop_oneof![
            Just(Vec::new()),
            Just(vec![0, 0, 0, 1]),
            Just(348i32.to_be_bytes().to_vec()),
            Just(540i32.to_le_bytes().to_vec()),
            Just(b"type = integer-attribute\nname = A\ncount = 9".to_vec()),
            Just(vec![0x1f, 0x8b, 8, 0]),
        ],
        rest in proptest::collection::vec(any::<u8>(), 0..700),
    ) {
        let bytes = [start, rest].concat();
        holds(volume::from_bytes("any", &bytes, &Progress::new()), bytes.len())?;
    }
}
