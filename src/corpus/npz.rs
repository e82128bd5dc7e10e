//! NumPy archives as SciPy's `save_npz` writes them: a compressed-sparse-row matrix of word counts.

use std::io::{Cursor, Read as _};
use std::path::Path;

use super::CorpusError;

/// An archive member that inflates beyond this is refused.
const MAX_MEMBER_BYTES: u64 = 1 << 30;

/// A sparse matrix by rows. Every index is checked when it is made.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Csr {
    rows: usize,
    columns: usize,
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
            columns,
            indptr,
            indices,
            data,
        })
    }

    /// Reads a `.npz` file.
    pub(super) fn read(path: &Path) -> Result<Self, CorpusError> {
        let bytes = std::fs::read(path).map_err(CorpusError::io(path))?;
        Self::from_bytes(bytes).map_err(|why| CorpusError::counts(path, why))
    }

    /// As [`Csr::read`], from bytes.
    pub(super) fn from_bytes(bytes: Vec<u8>) -> Result<Self, String> {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes))
            .map_err(|e| format!("it is not a NumPy archive: {e}"))?;
        let mut member = |name: &str| -> Result<Npy, String> {
            let file = format!("{name}.npy");
            let index = archive
                .index_for_name(&file)
                .ok_or_else(|| format!("it holds no {file}: not a SciPy sparse matrix"))?;
            let entry = archive
                .by_index_raw(index)
                .map_err(|e| format!("{file}: {e}"))?;
            let method = entry.compression();
            // The zip crate is built without decompressors (candle asks for none): the archive's
            // layout is its work, inflating is flate2's.
            let mut out = Vec::new();
            let done = if method == zip::CompressionMethod::STORE {
                entry.take(MAX_MEMBER_BYTES).read_to_end(&mut out)
            } else if method == zip::CompressionMethod::DEFLATE {
                flate2::read::DeflateDecoder::new(entry)
                    .take(MAX_MEMBER_BYTES)
                    .read_to_end(&mut out)
            } else {
                return Err(format!(
                    "{file} is compressed by an unknown method, {method}"
                ));
            };
            done.map_err(|e| format!("{file} cannot be inflated: {e}"))?;
            Npy::parse(&out).map_err(|why| format!("{file}: {why}"))
        };
        let format = member("format")?;
        // The name is stored as bytes ("csr") or as UTF-32.
        let name: Vec<u8> = format.body.iter().copied().filter(|&b| b != 0).collect();
        if name != b"csr" {
            return Err("its matrix is not stored by rows (csr)".into());
        }
        let shape = member("shape")?.integers()?;
        let &[rows, columns] = shape.as_slice() else {
            return Err(format!("its shape has {} numbers", shape.len()));
        };
        let indptr = member("indptr")?.integers()?;
        let indices = member("indices")?
            .integers()?
            .into_iter()
            .map(|i| u32::try_from(i).map_err(|_| format!("column {i}")))
            .collect::<Result<_, _>>()?;
        let data = member("data")?.floats()?;
        Self::new([rows, columns], indptr, indices, data)
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub(super) fn columns(&self) -> usize {
        self.columns
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

/// One array: its type code and raw bytes, little endian, C order.
struct Npy {
    code: String,
    body: Vec<u8>,
}

impl Npy {
    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let rest = bytes
            .strip_prefix(b"\x93NUMPY")
            .ok_or("it is no NumPy array")?;
        let (major, rest) = match rest {
            [major, _, rest @ ..] => (*major, rest),
            _ => return Err("its header is cut off".into()),
        };
        let (length, rest) = match (major, rest) {
            (1, [a, b, rest @ ..]) => (u16::from_le_bytes([*a, *b]) as usize, rest),
            (2 | 3, [a, b, c, d, rest @ ..]) => {
                (u32::from_le_bytes([*a, *b, *c, *d]) as usize, rest)
            }
            _ => return Err(format!("version {major} of the format is not known")),
        };
        let header = rest.get(..length).ok_or("its header is cut off")?;
        let header = String::from_utf8_lossy(header);
        let body = rest[length..].to_vec();
        let code = header
            .split_once("'descr':")
            .and_then(|(_, after)| after.split('\'').nth(1))
            .ok_or("its header names no type")?
            .to_owned();
        Ok(Self { code, body })
    }

    fn chunks<const N: usize>(&self) -> Result<impl Iterator<Item = [u8; N]> + '_, String> {
        let (chunks, rest) = self.body.as_chunks::<N>();
        if rest.is_empty() {
            Ok(chunks.iter().copied())
        } else {
            Err(format!("{} bytes do not divide by {N}", self.body.len()))
        }
    }

    fn integers(&self) -> Result<Vec<usize>, String> {
        let check = |v: i64| usize::try_from(v).map_err(|_| format!("{v} where a count should be"));
        match self.code.as_str() {
            "<i4" => self
                .chunks::<4>()?
                .map(|b| check(i32::from_le_bytes(b).into()))
                .collect(),
            "<i8" => self
                .chunks::<8>()?
                .map(|b| check(i64::from_le_bytes(b)))
                .collect(),
            other => Err(format!("integers of type {other} are not read")),
        }
    }

    fn floats(&self) -> Result<Vec<f32>, String> {
        Ok(match self.code.as_str() {
            "<f8" => self
                .chunks::<8>()?
                .map(|b| f64::from_le_bytes(b) as f32)
                .collect(),
            "<f4" => self.chunks::<4>()?.map(f32::from_le_bytes).collect(),
            "<i8" => self
                .chunks::<8>()?
                .map(|b| i64::from_le_bytes(b) as f32)
                .collect(),
            "<i4" => self
                .chunks::<4>()?
                .map(|b| i32::from_le_bytes(b) as f32)
                .collect(),
            other => return Err(format!("values of type {other} are not read")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SAMPLE: &[u8] = include_bytes!("../../tests/fixtures/corpus/counts.npz");

    #[test]
    fn reads_what_scipy_wrote() {
        let m = Csr::from_bytes(SAMPLE.to_vec()).unwrap();
        assert_eq!((m.rows(), m.columns()), (4, 5));
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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]
        /// A damaged archive is a message, never a panic.
        #[test]
        fn damage_is_an_error_or_harmless(at in 0..SAMPLE.len(), byte: u8, cut in 0..SAMPLE.len()) {
            let mut bytes = SAMPLE.to_vec();
            bytes[at] = byte;
            let _ = Csr::from_bytes(bytes);
            prop_assert!(Csr::from_bytes(SAMPLE[..cut].to_vec()).is_err());
        }
    }
}
