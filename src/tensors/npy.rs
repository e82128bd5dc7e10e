//! NumPy arrays (`.npy`, versions 1 to 3).

use std::io::Read;

use super::TensorError;

/// An array's header is one line.
const MAX_HEADER_BYTES: usize = 1 << 16;

/// What stands before the numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NpyHeader {
    /// Type code ("<f4").
    pub code: String,
    /// Whether the first index runs fastest.
    pub fortran: bool,
    /// Length along each axis; none of a single number.
    pub shape: Vec<usize>,
}

impl NpyHeader {
    /// Reads a header, and leaves `body` where the numbers start.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(body: &mut dyn Read) -> Result<Self, String> {
        let mut take = |length: usize| {
            let mut bytes = vec![0; length];
            body.read_exact(&mut bytes)
                .map(|()| bytes)
                .map_err(|e| format!("its header cannot be read: {e}"))
        };
        let start = take(8)?;
        if !start.starts_with(b"\x93NUMPY") {
            return Err("it is no NumPy array".into());
        }
        let length_bytes = match start[6] {
            1 => 2,
            2 | 3 => 4,
            major => return Err(format!("version {major} of the format is not known")),
        };
        let length = take(length_bytes)?
            .iter()
            .rev()
            .fold(0, |n, &b| n << 8 | usize::from(b));
        if length > MAX_HEADER_BYTES {
            return Err(format!("its header has {length} bytes"));
        }
        let header = String::from_utf8_lossy(&take(length)?).into_owned();
        let after = |key: &str| header.split_once(key).map(|(_, after)| after);
        let code = after("'descr':")
            .and_then(|after| after.split('\'').nth(1))
            .ok_or("its header names no type")?
            .to_owned();
        let fortran = after("'fortran_order':").is_some_and(|v| v.trim_start().starts_with("True"));
        let shape = after("'shape':")
            .and_then(|after| after.split_once('(')?.1.split_once(')'))
            .and_then(|(inside, _)| {
                let lengths = inside.split(',').map(str::trim).filter(|n| !n.is_empty());
                lengths.map(|n| n.parse().ok()).collect::<Option<_>>()
            })
            .ok_or("its header names no shape")?;
        Ok(Self {
            code,
            fortran,
            shape,
        })
    }

    /// Number of elements; `None` where that is more than a machine has.
    pub fn count(&self) -> Option<usize> {
        self.shape
            .iter()
            .try_fold(1, |n: usize, &d| n.checked_mul(d))
    }
}

/// An array of numbers, row major whatever the file's order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NpyArray {
    /// Length along each axis, one or two.
    pub shape: Vec<usize>,
    /// The elements.
    pub values: Vec<f32>,
}

impl NpyArray {
    /// From the bytes of a file, which hold every element: no more memory is taken than they are long.
    /// Elements may be `f2`, `f4` or `f8`, little-endian.
    ///
    /// # Errors
    /// [`TensorError::NotNumpy`]; a number that is not finite is one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TensorError> {
        Self::parse(bytes).map_err(TensorError::NotNumpy)
    }

    fn parse(mut bytes: &[u8]) -> Result<Self, String> {
        let header = NpyHeader::read(&mut bytes)?;
        let [rows, columns] = match *header.shape.as_slice() {
            [n] => [1, n],
            [rows, columns] => [rows, columns],
            _ => {
                return Err(format!(
                    "its shape is {:?}, not a row or a table",
                    header.shape
                ));
            }
        };
        let size = match header.code.as_str() {
            "<f2" => 2,
            "<f4" => 4,
            "<f8" => 8,
            code => {
                return Err(format!(
                    "values of type {code} are not read (f2, f4 and f8 are)"
                ));
            }
        };
        let wanted = header.count().and_then(|n| n.checked_mul(size));
        if wanted != Some(bytes.len()) {
            return Err(format!(
                "its shape {:?} does not go with its {} bytes",
                header.shape,
                bytes.len()
            ));
        }
        let stored: Vec<f32> = match size {
            2 => elements(bytes, |b| half::f16::from_le_bytes(b).to_f32()),
            4 => elements(bytes, f32::from_le_bytes),
            _ => elements(bytes, |b| f64::from_le_bytes(b) as f32),
        };
        if !stored.iter().all(|v| v.is_finite()) {
            return Err("it holds values that are not numbers".into());
        }
        let values = if header.fortran && header.shape.len() == 2 {
            let element = |at: usize| stored[at % columns * rows + at / columns];
            (0..stored.len()).map(element).collect()
        } else {
            stored
        };
        Ok(Self {
            shape: header.shape,
            values,
        })
    }
}

fn elements<const N: usize>(bytes: &[u8], element: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes
        .as_chunks::<N>()
        .0
        .iter()
        .map(|&b| element(b))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const F4: &[u8] = include_bytes!("../../tests/fixtures/niclip/embeddings.npy");
    const F8: &[u8] = include_bytes!("../../tests/fixtures/niclip/embeddings_fortran_f8.npy");
    const F2: &[u8] = include_bytes!("../../tests/fixtures/niclip/embeddings_f2.npy");

    #[test]
    fn orders_and_precisions_of_one_array_agree() {
        let plain = NpyArray::from_bytes(F4).unwrap();
        assert_eq!(plain.shape, [12, 48]);
        assert_eq!(NpyArray::from_bytes(F8).unwrap(), plain);
        let half = NpyArray::from_bytes(F2).unwrap();
        for (a, b) in half.values.iter().zip(&plain.values) {
            assert!((a - b).abs() <= 1e-3 * b.abs().max(1e-3), "{a} {b}");
        }
    }

    fn array(version: u8, header: &str, body: &[u8]) -> Vec<u8> {
        let mut out = b"\x93NUMPY".to_vec();
        out.extend([version, 0]);
        let length = header.len() as u32;
        out.extend(&length.to_le_bytes()[..if version == 1 { 2 } else { 4 }]);
        out.extend(header.bytes().chain(body.iter().copied()));
        out
    }

    #[test]
    fn versions_and_what_is_wrong() {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n";
        let body: Vec<u8> = [1.5_f32, -2.0]
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        for version in [1, 2, 3] {
            let read = NpyArray::from_bytes(&array(version, header, &body)).unwrap();
            assert_eq!((read.shape, read.values), (vec![2], vec![1.5, -2.0]));
        }
        let told = |bytes: &[u8]| NpyArray::from_bytes(bytes).unwrap_err().to_string();
        assert!(told(&array(9, header, &body)).contains("version 9"));
        assert!(told(&array(1, header, &body[..7])).contains("7 bytes"));
        assert!(told(b"name,prior\n").contains("no NumPy array"));
        let huge = header.replace("(2,)", "(4294967296, 4294967296, )");
        assert!(told(&array(1, &huge, &body)).contains("does not go with"));
        let objects = header.replace("<f4", "|O");
        assert!(told(&array(1, &objects, &body)).contains("type |O"));
        let deep = header.replace("(2,)", "(1, 1, 2)");
        assert!(told(&array(1, &deep, &body)).contains("[1, 1, 2]"));
        let nan = f32::NAN.to_le_bytes().repeat(2);
        assert!(told(&array(1, header, &nan)).contains("not numbers"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]
        #[test]
        fn damage_is_an_error_or_harmless(at in 0..F8.len().min(200), byte: u8, cut in 0..F8.len()) {
            let mut bytes = F8.to_vec();
            bytes[at] = byte;
            let _ = NpyArray::from_bytes(&bytes);
            prop_assert!(NpyArray::from_bytes(&F8[..cut]).is_err());
        }
    }
}
