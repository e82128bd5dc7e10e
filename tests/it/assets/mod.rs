//! Assets are fetched whole or not at all, whatever the server does.

mod given;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gyrus::assets::{
    Asset, AssetError, FileCheck, How, Network, SourceFile, Trouble, fetch, verify,
};
use gyrus::error::Explain as _;
use gyrus::progress::Progress;
use sha2::{Digest as _, Sha256};

use crate::support::server::{Reply, Request, Server};

/// An asset of these files, which lies nowhere.
pub fn asset(files: &[(&'static str, &[u8])]) -> Asset {
    let file = |(name, bytes): &(&'static str, &[u8])| SourceFile {
        name,
        url: "https://nowhere.invalid/",
        bytes: bytes.len() as u64,
        sha256: format!("{:x}", Sha256::digest(bytes)).leak(),
    };
    Asset {
        name: "tiny",
        title: "Tiny",
        description: "for tests",
        licence: "CC0",
        home: "https://nowhere.invalid/",
        sums_from: "a test",
        files: files.iter().map(file).collect::<Vec<_>>().leak(),
    }
}

/// Bytes that look like nothing.
pub fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|n| (n * n / 7 % 251) as u8).collect()
}

/// A folder for assets and one asset of one file, `a.gz`.
struct Bench {
    dir: tempfile::TempDir,
    asset: Asset,
    body: Vec<u8>,
}

impl Bench {
    fn new(len: usize) -> Self {
        let body = bytes(len);
        Self {
            dir: tempfile::tempdir().unwrap(),
            asset: asset(&[("a.gz", &body)]),
            body,
        }
    }

    fn target(&self) -> PathBuf {
        self.dir.path().join("tiny/a.gz")
    }

    fn part(&self) -> PathBuf {
        self.dir.path().join("tiny/a.gz.part")
    }

    fn fetch_from(&self, server: &Server) -> Result<How, AssetError> {
        self.fetch(&network(server))
    }

    fn fetch(&self, network: &Network) -> Result<How, AssetError> {
        let brought = fetch(&self.asset, self.dir.path(), &[], network, &Progress::new());
        brought.map(|files| files[0].how)
    }

    fn is_whole(&self) -> bool {
        fs::read(self.target()).is_ok_and(|there| there == self.body)
            && names(self.dir.path()) == ["a.gz"]
    }

    /// Nothing under the name, and so many bytes to go on with.
    fn left(&self) -> Option<usize> {
        assert!(!self.target().exists());
        fs::read(self.part()).ok().map(|part| {
            assert_eq!(part, self.body[..part.len()]);
            part.len()
        })
    }
}

fn network(server: &Server) -> Network {
    Network {
        mirror: Some(server.url()),
        patience: Duration::from_secs(20),
        ..Network::default()
    }
}

/// Files of the asset's folder.
fn names(root: &Path) -> Vec<String> {
    let entries = fs::read_dir(root.join("tiny")).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn told(error: &AssetError) -> String {
    let explanation = error.explain();
    assert!(!explanation.remedy.is_empty());
    explanation.to_string()
}

#[test]
fn a_file_comes_whole_and_is_not_fetched_again() {
    let bench = Bench::new(300_000);
    let body = bench.body.clone();
    let server = Server::start(move |_, _| Reply::whole(&body));
    assert_eq!(bench.fetch_from(&server).unwrap(), How::Downloaded);
    assert!(bench.is_whole());
    assert_eq!(bench.fetch_from(&server).unwrap(), How::Kept);
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!((&*seen[0].method, &*seen[0].path), ("GET", "/tiny/a.gz"));
    assert_eq!(seen[0].header("Accept-Encoding"), Some("identity"));
}

#[test]
fn a_cut_connection_is_gone_on_with_in_the_same_run() {
    let bench = Bench::new(100_000);
    let body = bench.body.clone();
    let server = Server::start(move |request, before| match before {
        0 => Reply::whole(&body).cut(&body, 30_000),
        _ => Reply::part(request, &body),
    });
    bench.fetch_from(&server).unwrap();
    assert!(bench.is_whole());
    let again = &server.seen()[1];
    assert_eq!(again.first(), Some(30_000));
    assert_eq!(again.header("If-Range"), Some("\"one\""));
}

#[test]
fn what_came_before_the_server_went_down_is_not_asked_for_again() {
    let bench = Bench::new(100_000);
    let body = bench.body.clone();
    let server = Server::start(move |_, before| match before {
        0 => Reply::whole(&body).cut(&body, 40_000),
        _ => Reply::new("503 Service Unavailable", "", b"later"),
    });
    let error = bench.fetch_from(&server).unwrap_err();
    assert!(
        matches!(error, AssetError::Status { code: 503, .. }),
        "{error}"
    );
    assert!(told(&error).contains("Try again later"));
    assert_eq!(bench.left(), Some(40_000));
    let body = bench.body.clone();
    let server = Server::start(move |request, _| Reply::part(request, &body));
    bench.fetch_from(&server).unwrap();
    assert!(bench.is_whole());
    assert_eq!(server.seen()[0].first(), Some(40_000));
}

#[test]
fn a_server_that_always_cuts_is_given_up_and_its_bytes_kept() {
    let bench = Bench::new(100_000);
    let body = bench.body.clone();
    let server = Server::start(move |request, _| {
        let rest = &body[request.first().unwrap_or(0)..];
        Reply::part(request, &body).cut(rest, 1_000)
    });
    let error = bench.fetch_from(&server).unwrap_err();
    assert!(matches!(error, AssetError::Cut { .. }), "{error}");
    assert!(told(&error).contains("goes on where it stopped"));
    assert!(told(&error).ends_with("/tiny/a.gz"));
    let left = bench.left().unwrap();
    assert_eq!(left, 1_000 * server.seen().len());
}

#[test]
fn a_server_that_knows_no_parts_begins_again() {
    let bench = Bench::new(50_000);
    for part in [&bench.body[..20_000], &bytes(60_000)] {
        fs::create_dir_all(bench.part().parent().unwrap()).unwrap();
        fs::remove_file(bench.target()).ok();
        fs::write(bench.part(), part).unwrap();
        let body = bench.body.clone();
        let server = Server::start(move |_, _| Reply::whole(&body));
        bench.fetch_from(&server).unwrap();
        assert!(bench.is_whole());
        assert_eq!(server.seen().len(), 1);
    }
}

#[test]
fn a_part_of_another_version_does_not_stay_in_the_file() {
    let bench = Bench::new(50_000);
    fs::create_dir_all(bench.part().parent().unwrap()).unwrap();
    // As long as the whole, or shorter; refused by the server, or taken at its word.
    for (len, refuses) in [(50_000, false), (20_000, false), (20_000, true)] {
        fs::remove_file(bench.target()).ok();
        fs::write(bench.part(), vec![7; len]).unwrap();
        let body = bench.body.clone();
        let server = Server::start(move |request, _| match (refuses, request.first()) {
            (true, Some(_)) => Reply::new("416 Range Not Satisfiable", "", b""),
            _ => Reply::part(request, &body),
        });
        bench.fetch_from(&server).unwrap();
        assert!(bench.is_whole());
        assert_eq!(server.seen().last().unwrap().first(), None);
    }
}

#[test]
fn wrong_bytes_are_not_taken_and_what_was_there_stays() {
    let bench = Bench::new(5_000);
    fs::create_dir_all(bench.target().parent().unwrap()).unwrap();
    fs::write(bench.target(), b"older").unwrap();
    let wrong: [fn(&[u8]) -> Reply; 5] = [
        |body| Reply::whole(&vec![1; body.len()]),
        |body| Reply::whole(&body[1..]),
        |body| Reply::whole(&[body, body].concat()),
        |_| Reply::new("404 Not Found", "", b"no such file"),
        |_| Reply::new("204 No Content", "", b""),
    ];
    for (n, wrong) in wrong.into_iter().enumerate() {
        let body = bench.body.clone();
        let server = Server::start(move |_, _| wrong(&body));
        let error = bench.fetch_from(&server).unwrap_err();
        let fits = match n {
            0 => matches!(error, AssetError::Checksum { .. }),
            1 | 2 => matches!(error, AssetError::Size { .. }),
            3 => matches!(error, AssetError::Status { code: 404, .. }),
            _ => matches!(error, AssetError::Status { code: 204, .. }),
        };
        assert!(fits, "{n}: {error}");
        assert!(told(&error).ends_with("/tiny/a.gz"), "{}", told(&error));
        assert_eq!(fs::read(bench.target()).unwrap(), b"older");
        assert_eq!(names(bench.dir.path()), ["a.gz"]);
    }
}

#[test]
fn a_body_without_an_end_stops_at_the_size_of_the_file() {
    let bench = Bench::new(5_000);
    let head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    let endless = [&head[..], &vec![1; 400_000]].concat();
    let server = Server::start(move |_, _| Reply::raw(endless.clone()));
    let error = bench.fetch_from(&server).unwrap_err();
    assert!(matches!(error, AssetError::Size { .. }), "{error}");
    assert_eq!(bench.left(), None);
}

#[test]
fn a_silent_server_is_given_up() {
    let bench = Bench::new(50_000);
    let impatient = |server: &Server| Network {
        patience: Duration::from_millis(300),
        ..network(server)
    };
    let server = Server::start(|_, _| Reply::silence());
    let error = bench.fetch(&impatient(&server)).unwrap_err();
    let silent = matches!(
        &error,
        AssetError::Unreachable {
            trouble: Trouble::Silent { .. },
            ..
        }
    );
    assert!(silent, "{error}");
    assert!(told(&error).contains("did not answer"));
    assert_eq!(bench.left(), None);
    // Silent in the middle: what came is kept.
    let body = bench.body.clone();
    let server = Server::start(move |request, _| match request.first() {
        None => Reply::whole(&body).cut(&body, 10_000).then_silence(),
        Some(_) => Reply::silence(),
    });
    let error = bench.fetch(&impatient(&server)).unwrap_err();
    let silent = matches!(
        &error,
        AssetError::Unreachable {
            trouble: Trouble::Silent { .. },
            ..
        }
    );
    assert!(silent, "{error}");
    assert_eq!(bench.left(), Some(10_000));
}

#[test]
fn a_stop_is_heard_while_the_server_is_silent() {
    let bench = Bench::new(50_000);
    let body = bench.body.clone();
    let server = Server::start(move |_, _| Reply::whole(&body).cut(&body, 10_000).then_silence());
    let progress = Progress::new();
    let stopper = progress.clone();
    let part = bench.part();
    let stopping = std::thread::spawn(move || {
        while fs::metadata(&part).map_or(0, |about| about.len()) < 10_000 {
            std::thread::yield_now();
        }
        stopper.cancel();
    });
    let error = fetch(
        &bench.asset,
        bench.dir.path(),
        &[],
        &network(&server),
        &progress,
    )
    .unwrap_err();
    stopping.join().unwrap();
    assert!(matches!(error, AssetError::Cancelled(_)), "{error}");
    assert_eq!(bench.left(), Some(10_000));
}

#[test]
fn a_proxy_is_used_where_one_is_set() {
    let bench = Bench::new(3_000);
    let body = bench.body.clone();
    let proxy = Server::start(move |request, _| match &*request.method {
        "CONNECT" => Reply::raw(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
        _ => Reply::whole(&body),
    });
    let through = Network {
        mirror: Some("http://data.nowhere.invalid/mirror/".into()),
        http_proxy: Some(proxy.url()),
        ..Network::default()
    };
    bench.fetch(&through).unwrap();
    assert!(bench.is_whole());
    let asked: Vec<(String, String)> = proxy
        .seen()
        .into_iter()
        .map(|r| (r.method, r.path))
        .collect();
    assert_eq!(
        asked[0],
        ("CONNECT".into(), "data.nowhere.invalid:80".into())
    );
    assert_eq!(asked[1], ("GET".into(), "/mirror/tiny/a.gz".into()));
    // One that does not let through, and one that is none.
    fs::remove_file(bench.target()).unwrap();
    let proxy = Server::start(|_, _| Reply::new("407 Proxy Authentication Required", "", b""));
    let address = proxy.url().replace("//", "//me:secret@");
    for address in [address, "http://a b".into()] {
        let refused = bench.fetch(&Network {
            http_proxy: Some(address),
            ..through.clone()
        });
        let error = refused.unwrap_err();
        let by_proxy = matches!(
            &error,
            AssetError::Unreachable {
                trouble: Trouble::Proxy { .. },
                ..
            }
        );
        assert!(by_proxy, "{error}");
        assert!(!told(&error).contains("secret"), "{}", told(&error));
        assert_eq!(bench.left(), None);
    }
}

#[test]
fn addresses_that_moved_are_followed_but_not_in_circles() {
    let bench = Bench::new(3_000);
    let body = bench.body.clone();
    let server = Server::start(move |request, _| match &*request.path {
        "/there/a.gz" => Reply::whole(&body),
        _ => Reply::new("302 Found", "Location: /there/a.gz\r\n", b""),
    });
    bench.fetch_from(&server).unwrap();
    assert!(bench.is_whole());
    fs::remove_file(bench.target()).unwrap();
    let server = Server::start(|_, _| Reply::new("302 Found", "Location: /x\r\n", b""));
    let error = bench.fetch_from(&server).unwrap_err();
    let circle = matches!(
        &error,
        AssetError::Unreachable {
            trouble: Trouble::Circle,
            ..
        }
    );
    assert!(circle, "{error}");
    assert_eq!(bench.left(), None);
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let bench = Bench::new(3_000);
    let gone = network(&Server::start(|_, _| Reply::silence()));
    let error = bench.fetch(&gone).unwrap_err();
    let refused = matches!(
        &error,
        AssetError::Unreachable {
            trouble: Trouble::Refused(_),
            ..
        }
    );
    assert!(refused, "{error}");
    assert!(told(&error).contains("--from FILE"), "{}", told(&error));
    assert_eq!(bench.left(), None);
}

#[test]
fn two_do_not_write_one_file() {
    let bench = Bench::new(3_000);
    fs::create_dir_all(bench.part().parent().unwrap()).unwrap();
    let held = fs::File::create(bench.part()).unwrap();
    held.lock().unwrap();
    let body = bench.body.clone();
    let server = Server::start(move |_, _| Reply::whole(&body));
    let error = bench.fetch_from(&server).unwrap_err();
    assert!(matches!(error, AssetError::Busy { .. }), "{error}");
    drop(held);
    bench.fetch_from(&server).unwrap();
    assert!(bench.is_whole());
}

#[test]
fn damage_is_found_and_mended() {
    let body = bytes(4_000);
    let asset = asset(&[("a.gz", &body), ("b.txt", b"words")]);
    let dir = tempfile::tempdir().unwrap();
    let files = [
        ("/tiny/a.gz", body.clone()),
        ("/tiny/b.txt", b"words".to_vec()),
    ];
    let server = Server::start(move |request: &Request, _| {
        let file = files.iter().find(|(path, _)| *path == request.path);
        Reply::whole(&file.unwrap().1)
    });
    let bring = || fetch(&asset, dir.path(), &[], &network(&server), &Progress::new()).unwrap();
    let checks = || -> Vec<FileCheck> {
        let checked = verify(dir.path(), &asset, &Progress::new()).unwrap();
        checked.into_iter().map(|(_, check)| check).collect()
    };
    assert_eq!(checks(), [FileCheck::Missing, FileCheck::Missing]);
    bring();
    assert_eq!(checks(), [FileCheck::Sound, FileCheck::Sound]);
    let at = |name: &str| dir.path().join("tiny").join(name);
    let mut damaged = body.clone();
    damaged[2_000] ^= 1;
    fs::write(at("a.gz"), damaged).unwrap();
    fs::write(at("b.txt"), b"word").unwrap();
    let found = checks();
    assert!(matches!(found[0], FileCheck::WrongSum(_)), "{found:?}");
    assert_eq!(found[1], FileCheck::WrongSize(4));
    fs::remove_file(at("b.txt")).unwrap();
    fs::create_dir(at("b.txt")).unwrap();
    assert!(matches!(checks()[1], FileCheck::Unreadable(_)));
    fs::remove_dir(at("b.txt")).unwrap();
    let how: Vec<How> = bring().into_iter().map(|file| file.how).collect();
    assert_eq!(how, [How::Downloaded, How::Downloaded]);
    assert_eq!(checks(), [FileCheck::Sound, FileCheck::Sound]);
    assert_eq!(server.seen().len(), 4);
}
