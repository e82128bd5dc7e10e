//! `gyrus assets` as a program, and what `gyrus studies` makes of an asset.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::program::{program, text};
use crate::support::server::{Reply, Request, Server};
use crate::support::shared::shared;

const METADATA: &str = "data-neurosynth_version-7_metadata.tsv.gz";

/// A folder; assets go to `assets` in it.
struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { dir }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = program(self.dir.path());
        for name in ["https_proxy", "http_proxy", "all_proxy", "no_proxy"] {
            command.env_remove(name).env_remove(name.to_uppercase());
        }
        command.env_remove("GYRUS_ASSETS_MIRROR").args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn json(&self, args: &[&str]) -> Value {
        let output = self.run(&[args, &["--json", "-q"]].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn state(&self, n: usize) -> String {
        let listed = self.json(&["assets", "list"]);
        listed["assets"][n]["state"].as_str().unwrap().to_owned()
    }
}

/// A server of the shared corpora, laid out as assets are.
fn mirror(shared: PathBuf) -> impl FnMut(&Request, usize) -> Reply + Send + 'static {
    move |request, _| {
        let path = request.path.replace("/neurosynth/", "neurosynth_v7/");
        match std::fs::read(shared.join(path.trim_start_matches('/'))) {
            Ok(bytes) => Reply::part(request, &bytes),
            Err(_) => Reply::new("404 Not Found", "", b""),
        }
    }
}

#[test]
fn assets_are_listed_and_wrong_names_refused() {
    let bench = Bench::new();
    let listed = bench.json(&["assets", "list"]);
    assert_eq!(listed["schema"], 1);
    assert_eq!(listed["folder"], bench.at("assets").to_str().unwrap());
    assert_eq!(listed["assets"][0]["name"], "neurosynth");
    assert_eq!(listed["assets"][0]["state"], "absent");
    assert_eq!(listed["assets"][1]["licence"], "BSD-3-Clause");
    let told = text(&bench.run(&["assets", "list", "--to", "other"]).stdout);
    for wanted in ["neurosynth", "ODbL 1.0", "absent", "Folder: other"] {
        assert!(told.contains(wanted), "{told}");
    }
    let wrong = bench.run(&["assets", "fetch", "brainmap"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("neurosynth and neuroquery"));
    let none = bench.run(&["assets", "verify"]);
    assert!(none.status.success());
    assert!(text(&none.stdout).contains("No asset is here"));
    let missing = bench.run(&["assets", "verify", "neuroquery"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stdout).contains("missing"));
}

#[test]
fn an_asset_is_fetched_checked_damaged_and_mended() {
    let Some(shared) = shared("corpora") else {
        return;
    };
    let bench = Bench::new();
    let server = Server::start(mirror(shared.clone()));
    let fetch = ["assets", "fetch", "neurosynth", "--mirror", &server.url()];
    let fetched = bench.run(&fetch);
    assert!(fetched.status.success(), "{}", text(&fetched.stderr));
    assert!(text(&fetched.stdout).contains("2 files came, 4.8 MB"));
    assert_eq!(bench.state(0), "complete");
    assert!(bench.run(&["assets", "verify"]).status.success());
    let file = bench.at("assets/neurosynth").join(METADATA);
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[1_000] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let damaged = bench.run(&["assets", "verify", "neurosynth", "--json", "-q"]);
    assert_eq!(damaged.status.code(), Some(1));
    let found: Value = serde_json::from_slice(&damaged.stdout).unwrap();
    assert_eq!(found["sound"], false);
    assert_eq!(found["assets"][0]["files"][0]["sound"], false);
    assert!(text(&damaged.stderr).contains("gyrus assets fetch"));
    let neurosynth = shared.join("neurosynth_v7");
    let from = [
        "assets",
        "fetch",
        "neurosynth",
        "--from",
        neurosynth.to_str().unwrap(),
    ];
    let mended = bench.json(&from);
    assert_eq!(mended["files"][0]["how"], "taken");
    assert_eq!(mended["files"][1]["how"], "kept");
    assert!(bench.run(&["assets", "verify"]).status.success());
    let again = bench.run(&fetch);
    assert!(text(&again.stdout).contains("was here already"));
    std::fs::remove_file(&file).unwrap();
    assert_eq!(bench.state(0), "partial");
}

#[test]
fn the_environment_names_mirror_and_proxy() {
    let bench = Bench::new();
    let server = Server::start(|_, _| Reply::new("404 Not Found", "", b""));
    let fetch = ["assets", "fetch", "neuroquery", "-q"];
    let mut command = bench.command(&fetch);
    let far = "http://data.nowhere.invalid/x";
    command
        .env("GYRUS_ASSETS_MIRROR", far)
        .env("HTTP_PROXY", server.url());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(server.seen()[0].method, "CONNECT");
    let told = text(&output.stderr);
    assert!(told.contains("the proxy http://127.0.0.1"), "{told}");
    assert!(told.trim_end().ends_with("_metadata.tsv.gz"), "{told}");
    // Past the proxy: the mirror answers itself.
    let mut command = bench.command(&fetch);
    command
        .env("GYRUS_ASSETS_MIRROR", server.url())
        .env("http_proxy", "http://127.0.0.1:9");
    let told = text(&command.output().unwrap().stderr);
    assert!(told.contains("no such file (status 404)"), "{told}");
    let wrong = bench.run(&["assets", "fetch", "neuroquery", "--mirror", "here"]);
    assert!(text(&wrong.stderr).contains("This is no mirror"));
    assert!(
        !bench
            .at("assets/neuroquery")
            .read_dir()
            .unwrap()
            .any(|_| true)
    );
}

/// Stopped in the middle, then by a disk that is full, a download goes on with what is there.
#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_download_goes_on() {
    let Some(shared) = shared("corpora") else {
        return;
    };
    let bench = Bench::new();
    let body = std::fs::read(shared.join("neurosynth_v7").join(METADATA)).unwrap();
    let server = Server::start(move |_, _| Reply::whole(&body).cut(&body, 300_000).then_silence());
    let (file, part) = {
        let folder = bench.at("assets/neurosynth");
        (
            folder.join(METADATA),
            folder.join(format!("{METADATA}.part")),
        )
    };
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |about| about.len());
    let url = server.url();
    let fetch = ["assets", "fetch", "neurosynth", "-q", "--mirror"];
    let mut command = bench.command(&[&fetch[..], &[url.as_str()]].concat());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    while size(&part) < 300_000 {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::yield_now();
    }
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .unwrap()
            .success()
    );
    assert!(!child.wait().unwrap().success());
    assert!(!file.exists());
    assert_eq!(size(&part), 300_000);
    assert_eq!(bench.state(0), "partial");

    let server = Server::start(mirror(shared));
    let url = server.url();
    // No file may grow beyond 400 KiB: as on a full disk, writing fails.
    let script = "trap '' XFSZ; ulimit -f 400; exec \"$@\"";
    let whole = bench.command(&[&fetch[..], &[url.as_str()]].concat());
    let mut limited = Command::new("bash");
    limited
        .args(["-c", script, "bash"])
        .arg(whole.get_program())
        .args(whole.get_args());
    for (name, value) in whole.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    let output = limited.current_dir(bench.dir.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    assert!(told.contains("Make room on the disk"), "{told}");
    assert!(!file.exists() && size(&part) >= 300_000);
    assert_eq!(server.seen()[0].first(), Some(300_000));

    let done = bench.run(&[&fetch[..], &[url.as_str()]].concat());
    assert!(done.status.success(), "{}", text(&done.stderr));
    assert!(server.seen()[1].first() >= Some(300_000));
    assert!(
        bench
            .run(&["assets", "verify", "neurosynth"])
            .status
            .success()
    );
    assert!(!part.exists());
}

#[test]
fn studies_have_authors_and_journals_where_a_corpus_is_at_hand() {
    let Some(corpora) = shared("corpora") else {
        return;
    };
    let bench = Bench::new();
    let asked = ["studies", "--text", "pain", "--top", "6"];
    let plain = bench.json(&asked);
    assert!(plain["studies"][0].get("journal").is_none());
    let named = [&asked[..], &["--corpus", corpora.to_str().unwrap()]].concat();
    let known = bench.json(&named);
    let studies = known["studies"].as_array().unwrap();
    assert_eq!(studies.len(), 6);
    let knows = |name: &str| {
        studies
            .iter()
            .filter(|study| study.get(name).is_some())
            .count()
    };
    assert!(
        knows("authors") >= 3 && knows("journal") >= 3 && knows("doi") >= 3,
        "{known}"
    );
    assert!(knows("abstract_words") >= 2, "{known}");
    for (one, other) in studies.iter().zip(plain["studies"].as_array().unwrap()) {
        assert_eq!(
            (&one["pmid"], &one["title"]),
            (&other["pmid"], &other["title"])
        );
    }
    // The same from an asset, without being told.
    let neurosynth = corpora.join("neurosynth_v7");
    let from = [
        "assets",
        "fetch",
        "neurosynth",
        "-q",
        "--from",
        neurosynth.to_str().unwrap(),
    ];
    assert!(bench.run(&from).status.success());
    let found = bench.json(&asked);
    assert_eq!(
        found["studies"][0].get("authors"),
        studies[0].get("authors")
    );
    let table = text(&bench.run(&[&asked[..], &["-q"]].concat()).stdout);
    assert!(
        table.contains("authors") && table.contains(" et al."),
        "{table}"
    );
    for (file, wanted) in [
        ("list.csv", "link,authors,journal,doi,abstract_words,"),
        ("list.bib", "  journal = {"),
        ("list.ris", "\r\nAU  - "),
    ] {
        assert!(
            bench
                .run(&[&asked[..], &["-q", "-o", file]].concat())
                .status
                .success()
        );
        let written = std::fs::read_to_string(bench.at(file)).unwrap();
        assert!(written.contains(wanted), "{written}");
    }
    let none = bench.run(&[&asked[..], &["--corpus", "nowhere", "-q"]].concat());
    assert_eq!(none.status.code(), Some(1));
    // An asset that cannot be read is said, and its absence changes nothing.
    let file = bench.at("assets/neurosynth").join(METADATA);
    let len = std::fs::metadata(&file).unwrap().len() as usize;
    std::fs::write(&file, [&[0x1f, 0x8b][..], &vec![0; len - 2]].concat()).unwrap();
    let output = bench.run(&[&asked[..], &["-q"]].concat());
    assert!(output.status.success());
    assert!(
        text(&output.stderr).contains("gyrus assets verify"),
        "{}",
        text(&output.stderr)
    );
    assert!(!text(&output.stdout).contains("authors"));
}
