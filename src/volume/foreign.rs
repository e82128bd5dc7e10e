//! Files that are no maps: what they seem to be, from their first bytes, and what to do with them.

/// A kind of file Gyrus does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreign {
    /// With its article: "a PNG picture".
    pub what: &'static str,
    /// What the person can do.
    pub remedy: &'static str,
}

const EXPORT: &str = "Export the map as NIfTI (.nii or .nii.gz) and open that";
const UNPACK: &str = "Unpack it and open the map inside";
const SURFACE: &str =
    "Open the volume it was made from; values on a surface cannot be drawn in slices";
const STREAMLINES: &str =
    "Open a density map of them instead (tckmap in MRtrix, or track density in TrackVis)";
const MESH: &str = "Open the volume it was made from instead";
const MINC: &str = "Convert it with mnc2nii and open the .nii file";
const POINTER: &str = "Fetch its contents first (git lfs pull, or git annex get)";
const DICOM: &str = "Convert the series with dcm2niix and open the .nii.gz file";
const DOCUMENT: &str = "Open the map itself instead";

/// First bytes, what the file is, and what to do.
const KNOWN: &[(&[u8], &str, &str)] = &[
    (b"BZh", "a bzip2 archive", UNPACK),
    (b"PK\x03\x04", "a zip archive", UNPACK),
    (b"\xfd7zXZ", "an xz archive", UNPACK),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", UNPACK),
    (b"7z\xbc\xaf", "a 7-zip archive", UNPACK),
    (b"Rar!", "a RAR archive", UNPACK),
    (b"\x1f\x9d", "a file packed with compress (.Z)", UNPACK),
    (
        b"\x89HDF",
        "an HDF5 file (MINC-2 maps and MATLAB files are)",
        MINC,
    ),
    (b"CDF", "a MINC or NetCDF file", MINC),
    (b"MATLAB 5.0", "a MATLAB file", EXPORT),
    (b"\x89PNG", "a PNG picture", DOCUMENT),
    (b"\xff\xd8\xff", "a JPEG picture", DOCUMENT),
    (b"GIF8", "a GIF picture", DOCUMENT),
    (b"BM", "a BMP picture", DOCUMENT),
    (b"II*\0", "a TIFF picture", DOCUMENT),
    (b"MM\0*", "a TIFF picture", DOCUMENT),
    (b"%PDF", "a PDF document", DOCUMENT),
    (
        b"NRRD",
        "an NRRD file",
        "Convert it with 3D Slicer, ANTs or c3d to .nii.gz and open that",
    ),
    (
        b"ObjectType",
        "a MetaImage header (.mha, .mhd)",
        "Convert it with 3D Slicer, ANTs or c3d to .nii.gz and open that",
    ),
    (b"TRACK\0", "a TrackVis file of streamlines", STREAMLINES),
    (
        b"mrtrix tracks",
        "an MRtrix file of streamlines",
        STREAMLINES,
    ),
    (
        b"mrtrix image",
        "an MRtrix image (.mif)",
        "Convert it with mrconvert to .nii.gz and open that",
    ),
    (b"MZ", "an MZ3 mesh", MESH),
    (b"ply", "a PLY mesh", MESH),
    (b"\x93NUMPY", "a NumPy array", EXPORT),
    (
        b"version https://git-lfs",
        "a Git LFS pointer: the file itself was not downloaded",
        POINTER,
    ),
    (
        b"/annex/objects",
        "a git-annex pointer: the file itself was not downloaded",
        POINTER,
    ),
    (b"\xff\xff\xfe", "a FreeSurfer surface", MESH),
    (
        b"\xff\xff\xff",
        "a FreeSurfer file of values on a surface",
        SURFACE,
    ),
    (
        b"# === DATA DESCRIPTION FILE",
        "a Philips PAR header",
        "Convert it and its .REC file with dcm2niix and open the .nii.gz file",
    ),
];

/// What a file that no reader knows seems to be.
pub(super) fn looks_like(start: &[u8]) -> Option<Foreign> {
    let told = |what, remedy| Some(Foreign { what, remedy });
    // Two letters are few: these are told by more than their first bytes.
    let plausible = |magic: &[u8]| match magic {
        b"MZ" => matches!(start.get(3), Some(0)) || start.get(2) == Some(&3),
        b"BM" => start.get(6..10) == Some(&[0; 4]),
        _ => true,
    };
    if let Some((_, what, remedy)) = KNOWN
        .iter()
        .find(|(magic, ..)| start.starts_with(magic) && plausible(magic))
    {
        return told(what, remedy);
    }
    let trimmed = start.trim_ascii_start();
    let text = |prefix: &str| {
        trimmed
            .get(..prefix.len())
            .is_some_and(|first| first.eq_ignore_ascii_case(prefix.as_bytes()))
    };
    if text("<!doctype html") || text("<html") {
        return told(
            "a web page (a login or error page saved in place of the file?)",
            "Download the file again, signed in where that is asked for",
        );
    }
    if start.get(128..132) == Some(b"DICM".as_slice()) {
        return told("a DICOM file", DICOM);
    }
    let mentions = |word: &[u8]| start.windows(word.len()).any(|w| w == word);
    if mentions(b"<GIFTI") || mentions(b"DOCTYPE GIFTI") {
        return told("a GIFTI file: a surface, or values on one", SURFACE);
    }
    if text("<?xml") {
        return told("an XML file", EXPORT);
    }
    if mentions(b"# vtk DataFile") {
        return told("a VTK file", MESH);
    }
    let is_text = !start.is_empty()
        && start
            .iter()
            .all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace());
    if is_text {
        return told("a text file", EXPORT);
    }
    None
}
