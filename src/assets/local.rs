//! Files that were brought by other means: alone, in a folder, or in an archive.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::meter::Meter;
use super::{AssetError, SourceFile};
use crate::files::{self, WholeFile};
use crate::progress::{Cancelled, Progress};

/// Folders looked into below the one that is given: a copy of a whole repository is two deep.
const DEEPEST: usize = 3;
/// Files and folders looked at; a whole disk is not meant.
const MOST_ENTRIES: usize = 20_000;

/// What is done with a file that was found: which one it is, its bytes, where they are from.
pub(super) type Take<'a> =
    dyn FnMut(&SourceFile, &mut dyn Read, &Path) -> Result<(), AssetError> + 'a;

/// Takes what is wanted of an asset's files from `given` and calls `take` with it: the file, its bytes, and where they
/// are from.
///
/// # Errors
/// [`AssetError`] of what is given, and of `take`.
pub(super) fn each(
    given: &Path,
    (files, wanted): (&[SourceFile], &[&SourceFile]),
    progress: &Progress,
    take: &mut Take<'_>,
) -> Result<(), AssetError> {
    let about = fs::metadata(given).map_err(|error| AssetError::io("read", given, error))?;
    if about.is_dir() {
        let mut seen = 0;
        let found = below(given, wanted, DEEPEST, &mut seen, progress)?;
        for (file, path) in found {
            take(file, &mut open(&path)?, &path)?;
        }
        return Ok(());
    }
    let mut file = open(given)?;
    let name = given.file_name().unwrap_or_default();
    // A browser that has one of the name already calls the second "… (1).gz": its size tells, and in the end its sum.
    let named = wanted.iter().find(|file| name == file.name);
    let sized = wanted.iter().find(|file| file.bytes == about.len());
    if let Some(wanted) = named.or(sized) {
        return take(wanted, &mut file, given);
    }
    if files
        .iter()
        .any(|file| name == file.name || file.bytes == about.len())
    {
        // One of the asset's that is there already.
        return Ok(());
    }
    let mut begin = [0; 4];
    let read = read_some(&mut file, &mut begin);
    let read = read.and_then(|read| file.rewind().map(|()| read));
    let read = read.map_err(|error| AssetError::io("read", given, error))?;
    match &begin[..read] {
        [b'P', b'K', 3, 4] => from_zip(file, given, wanted, progress, take),
        [0x1f, 0x8b, ..] => {
            let inflated = flate2::bufread::MultiGzDecoder::new(BufReader::new(file));
            from_tar(inflated, given, wanted, progress, take)
        }
        _ => from_tar(BufReader::new(file), given, wanted, progress, take),
    }
}

/// Puts bytes under a name if they are the published ones.
///
/// # Errors
/// [`AssetError`]; what was under the name before is then as it was.
pub(super) fn put(
    file: &SourceFile,
    from: &mut dyn Read,
    origin: &Path,
    target: &Path,
    meter: &mut Meter<'_>,
) -> Result<(), AssetError> {
    let origin = files::path_text(origin);
    let unwritten = |error| AssetError::io("written", target, error);
    let mut out = WholeFile::create(target).map_err(unwritten)?;
    let (mut sum, mut len) = (Sha256::new(), 0);
    let mut block = vec![0; 1 << 16];
    loop {
        meter.check()?;
        let read = match from.read(&mut block) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                meter.check()?;
                return Err(AssetError::Source {
                    path: origin.into(),
                    why: format!("{} cannot be read from it: {error}", file.name),
                });
            }
        };
        len += read as u64;
        if len > file.bytes {
            break;
        }
        sum.update(&block[..read]);
        out.write_all(&block[..read]).map_err(unwritten)?;
        meter.add(read as u64);
    }
    if len != file.bytes {
        return Err(AssetError::Size {
            origin,
            got: len,
            wanted: file.bytes,
        });
    }
    let sum = files::hex(&sum.finalize());
    if sum != file.sha256 {
        return Err(AssetError::Checksum {
            origin,
            got: sum,
            wanted: file.sha256.to_owned(),
        });
    }
    out.finish().map_err(unwritten)
}

fn open(path: &Path) -> Result<File, AssetError> {
    let opened = files::open_regular(path);
    opened
        .map(|(file, _)| file)
        .map_err(|error| AssetError::io("read", path, error))
}

/// The first file of each name in a folder and those below it, the highest first.
fn below<'a>(
    folder: &Path,
    wanted: &[&'a SourceFile],
    deep: usize,
    seen: &mut usize,
    progress: &Progress,
) -> Result<Vec<(&'a SourceFile, PathBuf)>, AssetError> {
    let failed = |error| AssetError::io("read", folder, error);
    let (mut found, mut folders) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).map_err(failed)? {
        progress.check()?;
        *seen += 1;
        if *seen > MOST_ENTRIES {
            break;
        }
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        if let Some(file) = wanted.iter().find(|file| entry.file_name() == file.name) {
            found.push((*file, path));
        } else if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            folders.push(path);
        }
    }
    folders.sort();
    if deep > 0 {
        for folder in folders {
            let missing: Vec<&SourceFile> = wanted
                .iter()
                .filter(|file| !found.iter().any(|(have, _)| have.name == file.name))
                .copied()
                .collect();
            if missing.is_empty() {
                break;
            }
            // One that may not be read cannot be the one that is meant.
            match below(&folder, &missing, deep - 1, seen, progress) {
                Err(AssetError::Cancelled(stop)) => return Err(stop.into()),
                more => found.extend(more.unwrap_or_default()),
            }
        }
    }
    Ok(found)
}

fn from_zip(
    file: File,
    given: &Path,
    wanted: &[&SourceFile],
    progress: &Progress,
    take: &mut Take<'_>,
) -> Result<(), AssetError> {
    let broken = |why: String| AssetError::Source {
        path: given.to_owned(),
        why,
    };
    let mut archive = zip::ZipArchive::new(BufReader::new(file))
        .map_err(|error| broken(format!("it is no sound .zip: {error}")))?;
    for file in wanted {
        progress.check()?;
        let index = (0..archive.len()).find(|&n| {
            let name = archive.name_for_index(n).and_then(Result::ok);
            name.is_some_and(|name| {
                Path::new(name.as_ref()).file_name() == Some(OsStr::new(file.name))
            })
        });
        let Some(index) = index else { continue };
        let entry = archive
            .by_index_raw(index)
            .map_err(|error| broken(format!("{}: {error}", file.name)))?;
        let method = entry.compression();
        // The archive's layout is the zip crate's work, inflating is flate2's.
        if method == zip::CompressionMethod::STORE {
            take(file, &mut { entry }, given)?;
        } else if method == zip::CompressionMethod::DEFLATE {
            take(file, &mut flate2::read::DeflateDecoder::new(entry), given)?;
        } else {
            let why = format!(
                "{} in it is packed by an unknown method, {method}",
                file.name
            );
            return Err(broken(why));
        }
    }
    Ok(())
}

fn from_tar(
    stream: impl Read,
    given: &Path,
    wanted: &[&SourceFile],
    progress: &Progress,
    take: &mut Take<'_>,
) -> Result<(), AssetError> {
    let broken = |error: io::Error| match progress.check() {
        Err(stop) => stop.into(),
        Ok(()) => AssetError::Source {
            path: given.to_owned(),
            why: format!(
                "it is neither one of the published files nor a sound .zip, .tar or .tar.gz: {error}"
            ),
        },
    };
    let mut archive = tar::Archive::new(Watched { stream, progress });
    let mut taken: Vec<&str> = Vec::new();
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let path = entry.path().map_err(broken)?.into_owned();
        let name = path.file_name().unwrap_or_default();
        let file = wanted.iter().find(|file| name == file.name);
        if let Some(file) = file
            && !taken.contains(&file.name)
        {
            taken.push(file.name);
            take(file, &mut entry, given)?;
        }
    }
    Ok(())
}

/// A stream that ends with an error once a stop was asked for.
struct Watched<'a, R> {
    stream: R,
    progress: &'a Progress,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let stop = |stop: Cancelled| io::Error::other(stop);
        self.progress.check().map_err(stop)?;
        self.stream.read(into)
    }
}

/// Fills as much as there is.
fn read_some(from: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < into.len() {
        match from.read(&mut into[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}
