//! Assets from files that were brought by other means.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use gyrus::assets::{AssetError, Brought, How, Network, fetch};
use gyrus::error::Explain as _;
use gyrus::progress::Progress;

use super::{asset, bytes};

/// Where files were put that came by other means, and an asset of two.
struct Bench {
    dir: tempfile::TempDir,
    files: [(&'static str, Vec<u8>); 2],
}

impl Bench {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            files: [("a.gz", bytes(9_000)), ("b.txt", bytes(200))],
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    fn fetch(&self, given: &[PathBuf]) -> Result<Vec<Brought>, AssetError> {
        let [a, b] = &self.files;
        let asset = asset(&[(a.0, &a.1), (b.0, &b.1)]);
        // A network that would fail, were it used.
        let network = Network {
            mirror: Some("http://127.0.0.1:9/".into()),
            ..Network::default()
        };
        fetch(&asset, &self.at("root"), given, &network, &Progress::new())
    }

    fn is_whole(&self) -> bool {
        let there = |(name, bytes): &(&str, Vec<u8>)| {
            fs::read(self.at("root/tiny").join(name)).is_ok_and(|there| there == *bytes)
        };
        self.files.iter().all(there) && fs::read_dir(self.at("root/tiny")).unwrap().count() == 2
    }

    fn clear(&self) {
        fs::remove_dir_all(self.at("root")).unwrap();
    }
}

fn zip_of(path: &Path, files: &[(&str, &[u8])]) {
    let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in files {
        zip.start_file(*name, stored).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, *bytes).unwrap();
    }
    tar.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

#[test]
fn files_a_folder_and_archives_are_taken() {
    let bench = Bench::new();
    let [a, b] = [&*bench.files[0].1, &*bench.files[1].1];
    let in_repository = [
        ("repo-main/data/a.gz", a),
        ("repo-main/README", b"x"),
        ("repo-main/data/b.txt", b),
    ];
    bench.write("folder/deep/down/a.gz", a);
    bench.write("folder/b.txt", b);
    zip_of(&bench.at("repo.zip"), &in_repository);
    let ways: Vec<Vec<PathBuf>> = vec![
        vec![bench.write("a.gz", a), bench.write("b.txt", b)],
        // The name a browser gives the second of two.
        vec![bench.write("a (1).gz", a), bench.at("b.txt")],
        vec![bench.at("folder")],
        vec![bench.at("repo.zip")],
        vec![bench.write("repo.tar", &tar_of(&in_repository))],
        vec![bench.write("repo.tar.gz", &gzip(&tar_of(&in_repository)))],
        vec![
            bench.write("half.tar", &tar_of(&in_repository[..2])),
            bench.at("folder"),
        ],
    ];
    for way in ways {
        let brought = bench.fetch(&way).unwrap();
        assert!(brought.iter().all(|file| file.how == How::Taken), "{way:?}");
        assert!(bench.is_whole(), "{way:?}");
        // Once more: all is there, nothing is taken.
        let kept = bench.fetch(&way).unwrap();
        assert!(kept.iter().all(|file| file.how == How::Kept), "{way:?}");
        bench.clear();
    }
}

#[test]
fn what_is_there_is_not_asked_for_and_a_begun_download_is_forgotten() {
    let bench = Bench::new();
    let a = bench.write("a.gz", &bench.files[0].1);
    let b = bench.write("b.txt", &bench.files[1].1);
    bench.write("root/tiny/b.txt.part", b"be");
    bench.write("root/tiny/b.txt.part.tag", b"\"one\"");
    let error = bench.fetch(std::slice::from_ref(&a)).unwrap_err();
    let AssetError::NotGiven { names, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(names, &["b.txt"]);
    assert!(error.explain().remedy.contains("Give these files too"));
    // The file that is there already is among what is given now.
    bench.fetch(&[a, b]).unwrap();
    assert!(bench.is_whole());
}

#[test]
fn other_bytes_are_not_taken() {
    let bench = Bench::new();
    let [a, b] = [bench.files[0].1.clone(), bench.files[1].1.clone()];
    bench.write("root/tiny/a.gz", b"older");
    let mut damaged = a.clone();
    damaged[4_000] ^= 1;
    let tar = gzip(&tar_of(&[("a.gz", &damaged), ("b.txt", &b)]));
    zip_of(
        &bench.at("short.zip"),
        &[("x/a.gz", &a[1..]), ("x/b.txt", &b)],
    );
    let cases = [
        (bench.write("one/a.gz", &damaged), "SHA-256"),
        (
            bench.write("two/a.gz", &[&a[..], b"more"].concat()),
            "9004 bytes",
        ),
        (bench.write("damaged.tar.gz", &tar), "SHA-256"),
        (bench.at("short.zip"), "8999 bytes"),
        (
            bench.write("cut.tar.gz", &tar[..tar.len() / 2]),
            "cannot be read from it",
        ),
        (
            bench.write("page.html", b"<html>not found</html>"),
            "neither",
        ),
        (
            bench.write("broken.zip", b"PK\x03\x04 nothing"),
            "no sound .zip",
        ),
        (bench.at("none"), "No such file"),
    ];
    for (given, wanted) in cases {
        let error = bench.fetch(std::slice::from_ref(&given)).unwrap_err();
        let told = error.explain().to_string();
        assert!(told.contains(wanted), "{given:?}: {told}");
        assert!(told.ends_with(given.to_str().unwrap()), "{told}");
        assert_eq!(fs::read(bench.at("root/tiny/a.gz")).unwrap(), b"older");
        assert!(fs::read_dir(bench.at("root/tiny")).unwrap().count() <= 2);
    }
    fs::create_dir(bench.at("empty")).unwrap();
    let error = bench.fetch(&[bench.at("empty")]).unwrap_err();
    assert!(matches!(error, AssetError::NotGiven { .. }), "{error}");
}
