//! Files that are no maps: one message each, with what, why, what to do and the path; and no bytes
//! whatever make the reader panic or take absurd memory.

use std::path::Path;

use gyrus::error::Explain as _;
use gyrus::progress::Progress;
use gyrus::volume;
use proptest::prelude::*;

use crate::support::nifti_bytes::{Nifti, gzip, ramp};

/// Opens the file and returns the whole message.
fn message(path: &Path) -> String {
    let error = volume::open(path, &Progress::new())
        .map(|_| ())
        .unwrap_err();
    let told = error.explain();
    for part in [&told.what, &told.why, &told.remedy] {
        assert!(!part.is_empty() && !part.ends_with('.'), "{told}");
    }
    assert_eq!(told.path.as_deref(), Some(path), "{told}");
    let text = told.to_string();
    assert_eq!(
        text.lines().last(),
        Some(path.display().to_string().as_str())
    );
    text
}

#[test]
fn every_bad_file_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let made = Nifti::float32(&[5, 4, 3], &ramp(60));
    let sized = |shape: &[u16]| {
        let n: usize = shape.iter().map(|&d| usize::from(d)).product();
        Nifti::float32(shape, &ramp(n)).bytes()
    };
    let mut overflow = made.clone();
    (0..3).for_each(|axis| _ = overflow.i16(42 + 2 * axis, i16::MAX));
    let mut negative = made.clone();
    negative.i16(44, -4);
    let mut no_dims = made.clone();
    no_dims.i16(40, 0);
    let mut analyze = made.clone();
    analyze.header[344..348].fill(0);
    let mut lone_header = made.clone();
    lone_header.header[344..348].copy_from_slice(b"ni1\0");
    let mut warp = Nifti::float32(&[5, 4, 3, 1, 3], &ramp(180));
    warp.i16(68, 1006);
    let of_type = |code, bits, n| Nifti::new(&[5, 4, 3], code, bits, vec![1; n]).bytes();
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("text.nii", b"subject,age\n1,24\n".to_vec(), "text file"),
        (
            "page.nii.gz",
            b"<!DOCTYPE html><html>Please log in</html>".to_vec(),
            "web page",
        ),
        (
            "lfs.nii.gz",
            b"version https://git-lfs.github.com/spec/v1\n".to_vec(),
            "Git LFS",
        ),
        ("picture.nii", b"\x89PNG\r\n\x1a\n0000".to_vec(), "PNG"),
        ("zip.nii", b"PK\x03\x04....".to_vec(), "zip"),
        ("inside.nii.gz", gzip(b"just text, packed"), "text file"),
        ("random.nii", vec![0xa7; 4096], "not a map"),
        ("empty.nii", Vec::new(), "empty"),
        ("analyze.hdr", analyze.bytes(), "analyze.img"),
        ("alone.hdr", lone_header.bytes(), "alone.img"),
        (
            "short_header.nii",
            made.bytes()[..200].to_vec(),
            "148 bytes early",
        ),
        ("truncated.nii.gz", made.gz()[..150].to_vec(), "early"),
        (
            "truncated.nii",
            made.bytes()[..400].to_vec(),
            "192 bytes early",
        ),
        ("overflow.nii", overflow.bytes(), "more than can be held"),
        (
            "negative.nii",
            negative.bytes(),
            "dimension 2 has -4 voxels",
        ),
        ("nodims.nii", no_dims.bytes(), "declares 0 dimensions"),
        (
            "picture2d.nii",
            sized(&[20, 20]),
            "20 × 20 voxels: a picture",
        ),
        ("slice.nii", sized(&[20, 20, 1]), "a picture"),
        ("line.nii", sized(&[60]), "60 voxels"),
        ("warp.nii", warp.bytes(), "3 values"),
        ("complex256.nii", of_type(2048, 256, 1920), "complex256"),
        ("quad.nii", of_type(1536, 128, 960), "float128"),
        ("bits.nii", of_type(1, 1, 60), "binary"),
        ("strange.nii", of_type(77, 8, 60), "datatype 77"),
        (
            "zero.nii",
            Nifti::float32(&[5, 4, 3], &[0.0; 60]).bytes(),
            "every voxel is zero",
        ),
        (
            "nan.nii",
            Nifti::float32(&[5, 4, 3], &[f32::NAN; 60]).bytes(),
            "every voxel is NaN",
        ),
    ];
    for (name, bytes, expected) in cases {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let text = message(&path);
        assert!(text.contains(expected), "{name}: {text}");
    }
    assert!(message(folder.path()).contains("folder"));
    assert!(message(&folder.path().join("nowhere.nii.gz")).contains("no such file"));
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_and_does_not_block() {
    assert!(message(Path::new("/dev/null")).contains("a device, not a file"));
}

#[test]
fn foreign_formats_of_the_shared_folder_are_explained() {
    let Some(root) = crate::support::shared::shared("formats") else {
        return;
    };
    let mut stack = vec![root];
    let (mut opened, mut explained) = (0, 0);
    while let Some(folder) = stack.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                stack.push(path);
                continue;
            }
            match volume::open(&path, &Progress::new()) {
                Ok(volume) => {
                    assert!(volume.grid.affine.inverse().is_some());
                    opened += 1;
                }
                Err(error) => {
                    assert!(!error.explain().why.is_empty());
                    explained += 1;
                }
            }
        }
    }
    eprintln!("{opened} files of the formats folder opened, {explained} explained");
    assert!(
        opened >= 20 && explained >= 40,
        "{opened} opened, {explained} explained"
    );
}

/// Opens bytes in memory and checks what must hold of any map.
fn survives(bytes: &[u8]) -> Result<(), TestCaseError> {
    match volume::from_bytes("any.nii.gz", bytes, &Progress::new()) {
        Ok(volume) => {
            prop_assert!(volume.grid.affine.inverse().is_some());
            prop_assert!(volume.grid.len() as u64 <= 1032 * bytes.len() as u64);
            let stats = volume.stats();
            prop_assert!(stats.min <= stats.max && stats.max.is_finite());
            prop_assert!(volume.robust_max().is_finite() && volume.default_threshold().is_finite());
            volume.value_at_world([0.0; 3]);
        }
        Err(error) => {
            let told = error.explain();
            prop_assert!(!told.why.is_empty() && !told.remedy.is_empty());
        }
    }
    Ok(())
}

fn mutated() -> impl Strategy<Value = Vec<(usize, u8)>> {
    // Most changes fall into the header, where they do most harm.
    let place = prop_oneof![4 => 0usize..352, 1 => 352usize..592];
    proptest::collection::vec((place, any::<u8>()), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_files_never_panic(changes in mutated(), packed: bool, cut in 0usize..592) {
        let mut bytes = Nifti::float32(&[5, 4, 3], &ramp(60)).bytes();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        if cut % 3 == 0 {
            bytes.truncate(cut);
        }
        survives(&if packed { gzip(&bytes) } else { bytes })?;
    }

    #[test]
    fn random_headers_never_panic(
        mut header in proptest::collection::vec(any::<u8>(), 348),
        rank in 0i16..9,
        dims in proptest::array::uniform7(-2i16..70),
        datatype in prop_oneof![Just(2i16), Just(4), Just(16), Just(64), Just(1024), Just(128), any::<i16>()],
        offset in prop_oneof![Just(0f32), Just(352.0), any::<f32>()],
        big: bool,
    ) {
        let put = |bytes: &mut [u8], at: usize, v: i16| {
            bytes[at..at + 2].copy_from_slice(&if big { v.to_be_bytes() } else { v.to_le_bytes() });
        };
        header[..4].copy_from_slice(&if big { 348i32.to_be_bytes() } else { 348i32.to_le_bytes() });
        put(&mut header, 40, rank);
        (0..7).for_each(|axis| put(&mut header, 42 + 2 * axis, dims[axis]));
        put(&mut header, 70, datatype);
        header[108..112].copy_from_slice(&if big { offset.to_be_bytes() } else { offset.to_le_bytes() });
        header[344..348].copy_from_slice(b"n+1\0");
        header.extend((0..20_000u32).map(|i| (i * 31 % 251) as u8));
        survives(&header)?;
    }

    #[test]
    fn random_nifti2_headers_never_panic(
        mut header in proptest::collection::vec(any::<u8>(), 540),
        dims in proptest::array::uniform8(prop_oneof![4 => 1i64..8, 1 => any::<i64>()]),
        datatype in prop_oneof![Just(2i16), Just(16), Just(1280)],
    ) {
        header[..4].copy_from_slice(&540i32.to_le_bytes());
        header[4..12].copy_from_slice(b"n+2\0\r\n\x1a\n");
        header[12..14].copy_from_slice(&datatype.to_le_bytes());
        for (n, d) in dims.iter().enumerate() {
            header[16 + 8 * n..24 + 8 * n].copy_from_slice(&d.to_le_bytes());
        }
        header[168..176].copy_from_slice(&544i64.to_le_bytes());
        header.extend((0..5_000u32).map(|i| (i * 17 % 253) as u8));
        survives(&header)?;
    }

    #[test]
    fn random_gzip_bodies_never_panic(body in proptest::collection::vec(any::<u8>(), 0..600), at in 0usize..600) {
        let mut packed = Nifti::float32(&[5, 4, 3], &ramp(60)).gz();
        let at = at.min(packed.len());
        packed.splice(at.., body);
        survives(&packed)?;
    }
}
