//! Files larger than memory should be: what a large frame takes to open, files of many gigabytes of
//! which one frame is wanted, and stops that are obeyed. Files are sparse: long, but hardly on disk.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gyrus::progress::Progress;
use gyrus::volume::{self, MapFile, VolumeError, WarningCode};

use crate::support::nifti_bytes::Nifti;

/// A float32 NIfTI-1 of this shape, zero but for single voxels (flat index over all frames, value).
fn sparse(folder: &Path, shape: &[u16], voxels: &[(u64, f32)]) -> PathBuf {
    let path = folder.join("sparse.nii");
    let mut file = File::create(&path).unwrap();
    file.write_all(&Nifti::float32(shape, &[]).bytes()).unwrap();
    for (at, value) in voxels {
        file.seek(SeekFrom::Start(352 + 4 * at)).unwrap();
        file.write_all(&value.to_le_bytes()).unwrap();
    }
    let length: u64 = shape.iter().map(|&d| u64::from(d)).product();
    file.set_len(352 + 4 * length).unwrap();
    path
}

/// The most memory this process has held, in bytes.
#[cfg(target_os = "linux")]
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib * 1024
}

/// Runs one of the children below in a process of its own, so that what it held at most is its own,
/// and returns what it held beyond the start, and its time.
#[cfg(target_os = "linux")]
fn measured(child: &str, path: &Path) -> (f64, Duration) {
    // As the test runner names it: without the binary's own name.
    let here = module_path!().split_once("::").unwrap().1;
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "--ignored",
            "--nocapture",
            &format!("{here}::{child}"),
        ])
        .env("GYRUS_LARGE_FILE", path)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut numbers = text
        .lines()
        .find_map(|line| line.split_once("MEASURED "))
        .unwrap_or_else(|| panic!("{text}"))
        .1
        .split_whitespace()
        .map(|n| n.parse::<f64>().unwrap());
    let (bytes, seconds) = (numbers.next().unwrap(), numbers.next().unwrap());
    eprintln!("{child}: {:.0} MiB, {seconds:.2} s", bytes / 1048576.0);
    (bytes, Duration::from_secs_f64(seconds))
}

#[cfg(target_os = "linux")]
fn measure(work: impl FnOnce(&Path)) {
    let path = PathBuf::from(std::env::var_os("GYRUS_LARGE_FILE").expect("run by the other tests"));
    let before = peak_bytes();
    let start = Instant::now();
    work(&path);
    let seconds = start.elapsed().as_secs_f64();
    println!("MEASURED {} {seconds}", peak_bytes() - before);
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "a child of the others"]
fn child_opens_a_frame() {
    measure(|path| {
        let progress = Progress::new();
        let map = volume::open(path, &progress).unwrap();
        assert_eq!(progress.fraction(), 1.0);
        assert_eq!(map.data.scalar().unwrap()[10_000_000], -2.5);
        // What a layer asks for when it is added.
        assert_eq!(map.robust_max(), 7.0);
        assert_eq!(map.stats().nonzero, 2);
    });
}

#[cfg(target_os = "linux")]
fn opens_within_1_3_times(side: u16) {
    let folder = tempfile::tempdir().unwrap();
    let path = sparse(folder.path(), &[side; 3], &[(5, 7.0), (10_000_000, -2.5)]);
    let (bytes, _) = measured("child_opens_a_frame", &path);
    let size = 4.0 * f64::from(side).powi(3);
    assert!(bytes < 1.3 * size, "{:.2} times its size", bytes / size);
    assert!(bytes > 0.9 * size, "the measure does not measure");
}

#[cfg(target_os = "linux")]
#[test]
fn a_frame_of_256_cubed_opens_within_1_3_times_its_size() {
    opens_within_1_3_times(256);
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "takes ten seconds without optimisation"]
fn a_frame_of_512_cubed_opens_within_1_3_times_its_size() {
    opens_within_1_3_times(512);
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "a child of the others"]
fn child_steps_through_frames() {
    measure(|path| {
        let file = MapFile::open(path, &Progress::new()).unwrap();
        assert_eq!(file.frames(), 60);
        assert!(file.hash().starts_with("sampled-"));
        let frame = file.frame(37, &Progress::new()).unwrap();
        assert_eq!(frame.data.scalar().unwrap()[12_345_678], 3.25);
        assert_eq!(frame.grid.voxel(12_345_678), [334, 48, 47]);
        drop(frame);
        let course = file.time_course([334, 48, 47], &Progress::new()).unwrap();
        assert_eq!(course.len(), 60);
        assert_eq!((course[36], course[37], course[59]), (0.0, 3.25, -1.5));
    });
}

/// 12.6 GB.
#[cfg(target_os = "linux")]
#[test]
fn of_a_file_of_many_gigabytes_only_the_frame_asked_for_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let frame = 512 * 512 * 200u64;
    let at = 12_345_678;
    let path = sparse(
        folder.path(),
        &[512, 512, 200, 60],
        &[(37 * frame + at, 3.25), (59 * frame + at, -1.5)],
    );
    assert!(std::fs::metadata(&path).unwrap().len() > 12_000_000_000);
    let (bytes, time) = measured("child_steps_through_frames", &path);
    let size = 4.0 * frame as f64;
    assert!(bytes < 1.3 * size, "{:.2} times a frame", bytes / size);
    // Reading all of it would take longer than this on any disk.
    assert!(time < Duration::from_secs(10), "{time:?}");
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "a child of the others"]
fn child_opens_at_half_resolution() {
    measure(|path| {
        let map = volume::open(path, &Progress::new()).unwrap();
        assert_eq!(map.grid.shape, [350, 350, 350]);
        assert!(map.warnings.iter().any(|w| w.code == WarningCode::Reduced));
        assert_eq!(map.data.scalar().unwrap()[..3], [0.625, 0.625, 0.0]);
    });
}

/// 700³ is beyond what is held: 1.4 GB of values come to 0.17 GB.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "takes ten seconds without optimisation"]
fn a_frame_too_large_is_shown_at_half_resolution_and_never_held_whole() {
    let folder = tempfile::tempdir().unwrap();
    let voxels = [(0, 8.0), (1, -3.0), (2, 5.0)];
    let path = sparse(folder.path(), &[700, 700, 700], &voxels);
    let (bytes, _) = measured("child_opens_at_half_resolution", &path);
    let size = 4.0 * 700f64.powi(3);
    assert!(bytes < 0.35 * size, "{:.2} times its size", bytes / size);
}

#[test]
fn a_large_file_is_given_up_at_once_and_shows_how_far_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = sparse(folder.path(), &[512, 512, 300], &[(0, 1.0)]);
    let progress = Progress::new();
    let other = progress.clone();
    let reader = std::thread::spawn(move || volume::open(&path, &other).map(|_| ()));
    let start = Instant::now();
    while progress.fraction() < 0.05 && start.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(1));
    }
    let seen = progress.fraction();
    assert!(seen > 0.0 && seen < 1.0, "{seen}");
    progress.cancel();
    let asked = Instant::now();
    assert_eq!(reader.join().unwrap().unwrap_err(), VolumeError::Cancelled);
    assert!(asked.elapsed() < Duration::from_millis(500));
}
