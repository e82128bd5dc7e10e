//! NumPy archives as SciPy's `save_npz` writes them: a compressed-sparse-row matrix of word counts.

use std::io::{BufReader, Read, Seek};
use std::path::Path;

use super::CorpusError;
use crate::files;
use crate::tensors::NpyHeader;

/// Counts of a matrix: fifty times those of NeuroQuery's abstracts.
const MAX_COUNTS: usize = 1 << 25;
/// "csr", whatever each letter takes.
const MAX_NAME_BYTES: usize = 64;

/// A sparse matrix by rows. Every index is checked when it is made.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Csr {
    rows: usize,
    indptr: Vec<usize>,
    indices: Vec<u32>,
    data: Vec<f32>,
}

impl Csr {
    /// Checks and keeps the three arrays of a CSR matrix.
    pub(super) fn new(
        [rows, columns]: [usize; 2],
        indptr: Vec<usize>,
        indices: Vec<u32>,
        data: Vec<f32>,
    ) -> Result<Self, String> {
        if indptr.len() != rows.saturating_add(1) || indptr.first() != Some(&0) {
            return Err(format!("{} row offsets for {rows} rows", indptr.len()));
        }
        if indptr.windows(2).any(|w| w[0] > w[1]) || indptr.last() != Some(&indices.len()) {
            return Err("its row offsets are not in order".into());
        }
        if data.len() != indices.len() {
            return Err(format!(
                "{} values for {} positions",
                data.len(),
                indices.len()
            ));
        }
        if let Some(bad) = indices.iter().find(|&&c| c as usize >= columns) {
            return Err(format!("column {bad} of {columns}"));
        }
        Ok(Self {
            rows,
            indptr,
            indices,
            data,
        })
    }

    /// Reads a `.npz` file; `check` is asked whether its shape (rows, columns) is the one expected
    /// before any counts are read.
    pub(super) fn read(
        path: &Path,
        check: impl FnOnce([usize; 2]) -> Result<(), String>,
    ) -> Result<Self, CorpusError> {
        let (file, _) = files::open_regular(path).map_err(CorpusError::io(path))?;
        Self::from_archive(BufReader::new(file), check)
            .map_err(|why| CorpusError::counts(path, why))
    }

    /// As [`Csr::read`], from an open file.
    pub(super) fn from_archive(
        file: impl Read + Seek,
        check: impl FnOnce([usize; 2]) -> Result<(), String>,
    ) -> Result<Self, String> {
        let mut archive =
            zip::ZipArchive::new(file).map_err(|e| format!("it is not a NumPy archive: {e}"))?;
        let format = member(&mut archive, "format", MAX_NAME_BYTES, |npy| npy.text())?;
        if format != "csr" {
            return Err("its matrix is not stored by rows (csr)".into());
        }
        let shape: Vec<usize> = member(&mut archive, "shape", 2, |npy| npy.integers())?;
        let &[rows, columns] = shape.as_slice() else {
            return Err(format!("its shape has {} numbers", shape.len()));
        };
        check([rows, columns])?;
        let most = rows.saturating_add(1).min(MAX_COUNTS);
        let indptr: Vec<usize> = member(&mut archive, "indptr", most, |npy| npy.integers())?;
        let most = indptr.last().map_or(0, |&counts| counts.min(MAX_COUNTS));
        let indices = member(&mut archive, "indices", most, |npy| npy.integers())?;
        let data = member(&mut archive, "data", most, |npy| npy.floats())?;
        Self::new([rows, columns], indptr, indices, data)
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Columns and values of a row; empty beyond the last.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = (u32, f32)> + '_ {
        let range = match (self.indptr.get(row), self.indptr.get(row + 1)) {
            (Some(&from), Some(&to)) => from..to,
            _ => 0..0,
        };
        self.indices[range.clone()]
            .iter()
            .copied()
            .zip(self.data[range].iter().copied())
    }
}

/// Reads one array of an archive, of at most `most` numbers.
fn member<F: Read + Seek, T>(
    archive: &mut zip::ZipArchive<F>,
    name: &str,
    most: usize,
    read: impl FnOnce(Npy<'_>) -> Result<T, String>,
) -> Result<T, String> {
    let file = format!("{name}.npy");
    let index = archive
        .index_for_name(&file)
        .ok_or_else(|| format!("it holds no {file}: not a SciPy sparse matrix"))?;
    let entry = archive
        .by_index_raw(index)
        .map_err(|e| format!("{file}: {e}"))?;
    let method = entry.compression();
    // The zip crate is built without decompressors (candle asks for none): the archive's layout is
    // its work, inflating is flate2's.
    let mut body: Box<dyn Read + '_> = if method == zip::CompressionMethod::STORE {
        Box::new(entry)
    } else if method == zip::CompressionMethod::DEFLATE {
        Box::new(flate2::read::DeflateDecoder::new(entry))
    } else {
        return Err(format!(
            "{file} is compressed by an unknown method, {method}"
        ));
    };
    Npy::parse(&mut body, most)
        .and_then(read)
        .map_err(|why| format!("{file}: {why}"))
}

/// One array of one dimension or none: its type code and its bytes to come, little endian.
struct Npy<'a> {
    code: String,
    count: usize,
    body: &'a mut dyn Read,
}

impl<'a> Npy<'a> {
    fn parse(body: &'a mut dyn Read, most: usize) -> Result<Self, String> {
        let NpyHeader { code, shape, .. } = NpyHeader::read(body)?;
        let count = match shape.as_slice() {
            [] => 1,
            &[count] => count,
            _ => return Err(format!("its shape is {shape:?}, not a row")),
        };
        if count > most {
            return Err(format!(
                "it holds {count} numbers where at most {most} belong"
            ));
        }
        Ok(Self { code, count, body })
    }

    /// The numbers, `N` bytes each, through `number`: read piece by piece, so that no more memory is
    /// taken than there are bytes.
    fn each<const N: usize, T>(
        self,
        number: impl Fn([u8; N]) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        const PIECE: usize = 8192;
        let mut numbers = Vec::new();
        let mut piece = vec![0; PIECE * N];
        while numbers.len() < self.count {
            let bytes = &mut piece[..(self.count - numbers.len()).min(PIECE) * N];
            self.body
                .read_exact(bytes)
                .map_err(|e| format!("it ends after {} numbers: {e}", numbers.len()))?;
            for chunk in bytes.as_chunks::<N>().0 {
                numbers.push(number(*chunk)?);
            }
        }
        Ok(numbers)
    }

    fn integers<T: TryFrom<i64>>(self) -> Result<Vec<T>, String> {
        let check = |v: i64| T::try_from(v).map_err(|_| format!("{v} where a count should be"));
        match self.code.as_str() {
            "<i4" => self.each(|b| check(i32::from_le_bytes(b).into())),
            "<i8" => self.each(|b| check(i64::from_le_bytes(b))),
            other => Err(format!("integers of type {other} are not read")),
        }
    }

    fn floats(self) -> Result<Vec<f32>, String> {
        match self.code.as_str() {
            "<f8" => self.each(|b| Ok(f64::from_le_bytes(b) as f32)),
            "<f4" => self.each(|b| Ok(f32::from_le_bytes(b))),
            "<i8" => self.each(|b| Ok(i64::from_le_bytes(b) as f32)),
            "<i4" => self.each(|b| Ok(i32::from_le_bytes(b) as f32)),
            other => Err(format!("values of type {other} are not read")),
        }
    }

    /// A short name, stored as bytes ("csr") or as UTF-32.
    fn text(self) -> Result<String, String> {
        let mut bytes = Vec::new();
        self.body
            .take(MAX_NAME_BYTES as u64)
            .read_to_end(&mut bytes)
            .map_err(|e| format!("it cannot be read: {e}"))?;
        bytes.retain(|&b| b != 0);
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    use std::io::Cursor;

    fn from_bytes(bytes: Vec<u8>) -> Result<Csr, String> {
        Csr::from_archive(Cursor::new(bytes), |_| Ok(()))
    }

    const SAMPLE: &[u8] = include_bytes!("../../tests/fixtures/corpus/counts.npz");

    #[test]
    fn reads_what_scipy_wrote() {
        let m = from_bytes(SAMPLE.to_vec()).unwrap();
        assert_eq!(m.rows(), 4);
        assert_eq!(m.row(0).collect::<Vec<_>>(), [(1, 2.0), (4, 1.0)]);
        assert_eq!(m.row(1).count(), 0);
        assert_eq!(m.row(2).collect::<Vec<_>>(), [(0, 3.0)]);
        assert_eq!(m.row(3).collect::<Vec<_>>(), [(2, 1.0), (3, 7.0)]);
        assert_eq!(m.row(4).count(), 0);
    }

    #[test]
    fn inconsistent_arrays_are_refused() {
        assert!(Csr::new([1, 2], vec![0, 1], vec![2], vec![1.0]).is_err());
        assert!(Csr::new([2, 2], vec![0, 2, 1], vec![0], vec![1.0]).is_err());
        assert!(Csr::new([1, 2], vec![0, 1], vec![1], vec![]).is_err());
        assert!(Csr::new([1, 2], vec![0, 1], vec![1], vec![1.0]).is_ok());
    }

    #[test]
    fn a_matrix_of_another_shape_is_refused_before_its_counts_are_read() {
        let told = Csr::from_archive(Cursor::new(SAMPLE), |shape| Err(format!("{shape:?}")));
        assert_eq!(told.unwrap_err(), "[4, 5]");
    }

    #[test]
    fn an_array_longer_than_it_may_be_is_refused_by_its_header() {
        let mut bytes = b"\x93NUMPY\x01\0".to_vec();
        let header = "{'descr': '<i8', 'fortran_order': False, 'shape': (4000000000,), }\n";
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        let told = Npy::parse(&mut bytes.as_slice(), 5).err().unwrap();
        assert!(
            told.contains("4000000000 numbers where at most 5"),
            "{told}"
        );
        // One that declares fewer than there could be, and then ends early.
        let mut body = bytes.as_slice();
        let told = Npy::parse(&mut body, usize::MAX).unwrap();
        assert!(
            told.integers::<usize>()
                .unwrap_err()
                .contains("ends after 0")
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]
        /// A damaged archive is a message, never a panic.
        #[test]
        fn damage_is_an_error_or_harmless(at in 0..SAMPLE.len(), byte: u8, cut in 0..SAMPLE.len()) {
            let mut bytes = SAMPLE.to_vec();
            bytes[at] = byte;
            let _ = from_bytes(bytes);
            prop_assert!(from_bytes(SAMPLE[..cut].to_vec()).is_err());
        }
    }
}
