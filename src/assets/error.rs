//! What can go wrong with an asset.

use std::io;
use std::path::{Path, PathBuf};

use super::meter::megabytes;
use crate::error::{Explain, Explanation};
use crate::progress::Cancelled;

/// Why a server could not be talked to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// No name, no route: most often no network at all.
    #[error("{0} cannot be reached: this machine seems to be offline")]
    Offline(String),
    /// The server is there and does not take the connection.
    #[error("{0} refuses the connection")]
    Refused(String),
    /// Nothing came for too long.
    #[error("{host} did not answer within {seconds} s")]
    Silent {
        /// Who was asked.
        host: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The connection cannot be trusted.
    #[error("no safe connection: {0}")]
    Unsafe(String),
    /// The proxy.
    #[error("the proxy {proxy} does not help: {why}")]
    Proxy {
        /// The proxy, without name and password.
        proxy: String,
        /// What it says.
        why: String,
    },
    /// It sends one on and on.
    #[error("the server sends from one address to the next without end")]
    Circle,
    /// Anything else.
    #[error("the connection failed: {0}")]
    Other(String),
}

/// Why an asset could not be fetched or checked.
#[derive(Debug, thiserror::Error)]
pub enum AssetError {
    /// There is no folder for the user's data.
    #[error("no folder for data is known")]
    NoFolder,
    /// A file or folder could not be read or written.
    #[error("{path} could not be {doing}: {source}", path = path.display())]
    Io {
        /// "read" or "written".
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Another process is fetching the same file.
    #[error("{path} is being written by another gyrus", path = path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// The mirror is no address.
    #[error("{mirror:?} is no address of a mirror")]
    BadMirror {
        /// What was given.
        mirror: String,
    },
    /// The server could not be talked to.
    #[error("{url}: {trouble}")]
    Unreachable {
        /// Which address.
        url: String,
        /// Why.
        trouble: Trouble,
    },
    /// The server answers that it has no such file, or none for us.
    #[error("{url}: the server answers {code}")]
    Status {
        /// Which address.
        url: String,
        /// Status code of HTTP.
        code: u16,
    },
    /// The download ended early; what came is kept.
    #[error("{url}: the download ended after {got} of {wanted} bytes: {why}")]
    Cut {
        /// Which address.
        url: String,
        /// Bytes that are there.
        got: u64,
        /// Bytes that should be.
        wanted: u64,
        /// What the connection said.
        why: String,
    },
    /// A file has another size than the published one.
    #[error("{origin} has {got} bytes, not {wanted}")]
    Size {
        /// The file or address.
        origin: String,
        /// Bytes it has, at least.
        got: u64,
        /// Bytes it should have.
        wanted: u64,
    },
    /// A file has another content than the published one.
    #[error("{origin} has the SHA-256 {got}, not {wanted}")]
    Checksum {
        /// The file or address.
        origin: String,
        /// The sum it has.
        got: String,
        /// The sum it should have.
        wanted: String,
    },
    /// Something given to take files from is no folder, file or archive.
    #[error("{path}: {why}", path = path.display())]
    Source {
        /// What was given.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Files that were not among those given.
    #[error("not among what was given: {}", names.join(", "))]
    NotGiven {
        /// Their names.
        names: Vec<String>,
        /// Where they would have gone.
        folder: PathBuf,
    },
    /// The work was cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl AssetError {
    /// Wraps a system error.
    pub(super) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            doing,
            path: path.to_owned(),
            source,
        }
    }
}

const BY_HAND: &str = "or download the file on another machine and give it with `gyrus assets fetch NAME --from FILE`";

/// What to do about a system error.
fn remedy_of(doing: &str, error: &io::Error) -> String {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => {
            "Make room on the disk, or choose another folder with --to or GYRUS_ASSETS, then fetch again: it goes on where it stopped".into()
        }
        _ if doing == "read" => "Check that the file exists and may be read".into(),
        _ => "Check that the folder may be written to, or choose another with --to or GYRUS_ASSETS"
            .into(),
    }
}

impl Explain for AssetError {
    fn explain(&self) -> Explanation {
        let say = |what: &str, why: String, remedy: String, path: Option<PathBuf>| Explanation {
            what: what.into(),
            why,
            remedy,
            path,
        };
        const NOT_FETCHED: &str = "The file could not be fetched";
        match self {
            Self::NoFolder => say(
                "There is no folder for assets",
                "this user has no home folder".into(),
                "Name a folder with --to or GYRUS_ASSETS".into(),
                None,
            ),
            Self::Io {
                doing,
                path,
                source,
            } => say(
                &format!("A file of the asset could not be {doing}"),
                source.to_string(),
                remedy_of(doing, source),
                Some(path.clone()),
            ),
            Self::Busy { path } => say(
                "The asset is being fetched already",
                "another gyrus is writing this file".into(),
                "Wait for it to end".into(),
                Some(path.clone()),
            ),
            Self::BadMirror { mirror } => say(
                "This is no mirror",
                "it is not an address that begins with https:// or http://".into(),
                "Give the address of a folder that holds a folder an asset, as in --mirror https://example.org/assets".into(),
                Some(mirror.into()),
            ),
            Self::Unreachable { url, trouble } => {
                let remedy = match trouble {
                    Trouble::Unsafe(_) => format!(
                        "Install the system's certificates (ca-certificates), name them with SSL_CERT_FILE, {BY_HAND}"
                    ),
                    Trouble::Proxy { .. } => {
                        format!("Check https_proxy, http_proxy and no_proxy, {BY_HAND}")
                    }
                    _ => format!(
                        "Try again when the network is there, set https_proxy where a proxy is needed, {BY_HAND}"
                    ),
                };
                say(NOT_FETCHED, trouble.to_string(), remedy, Some(url.into()))
            }
            Self::Status { url, code } => {
                let (why, remedy) = match code {
                    404 | 410 => (
                        "the server has no such file",
                        format!("Check the address, and --mirror where one is given, {BY_HAND}"),
                    ),
                    401 | 403 | 407 => (
                        "the server, or a proxy before it, does not let us have it",
                        format!("Check the proxy and the mirror, {BY_HAND}"),
                    ),
                    429 | 500.. => (
                        "the server is busy or out of order",
                        format!("Try again later, {BY_HAND}"),
                    ),
                    _ => (
                        "the server's answer is none of a file",
                        format!("Try again later, {BY_HAND}"),
                    ),
                };
                say(
                    NOT_FETCHED,
                    format!("{why} (status {code})"),
                    remedy,
                    Some(url.into()),
                )
            }
            Self::Cut {
                url,
                got,
                wanted,
                why,
            } => say(
                "The download ended early",
                format!(
                    "{why}, after {} of {}",
                    megabytes(*got),
                    megabytes(*wanted)
                ),
                "Fetch again: it goes on where it stopped".into(),
                Some(url.into()),
            ),
            Self::Size {
                origin,
                got,
                wanted,
            } => say(
                "This is not the published file, so it was not taken",
                format!("it has {got} bytes, and the published one {wanted}"),
                "Download it again; where that does not help, the file was changed after this version of Gyrus".into(),
                Some(origin.into()),
            ),
            Self::Checksum {
                origin,
                got,
                wanted,
            } => say(
                "This is not the published file, so it was not taken",
                format!("its SHA-256 is {got}, and that of the published one {wanted}"),
                "Download it again; where that does not help, the file was changed after this version of Gyrus, or something between here and the server changes it".into(),
                Some(origin.into()),
            ),
            Self::Source { path, why } => say(
                "Nothing could be taken from here",
                why.clone(),
                "Give the published files, a folder that holds them, or a .zip, .tar or .tar.gz of it".into(),
                Some(path.clone()),
            ),
            Self::NotGiven { names, folder } => say(
                "The asset is not complete",
                format!("not among what was given: {}", names.join(", ")),
                "Give these files too, or fetch without --from to download them".into(),
                Some(folder.clone()),
            ),
            Self::Cancelled(_) => say(
                "Fetching stopped",
                "it was cancelled".into(),
                "Fetch again when you want it: it goes on where it stopped".into(),
                None,
            ),
        }
    }
}
