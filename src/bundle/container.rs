//! Named arrays in one safetensors file, each at a multiple of 64 bytes.
//!
//! safetensors allows no holes between arrays, so the space between them is taken by small `u8`
//! arrays named `pad.0`, `pad.1`, …: any safetensors reader opens the file and can ignore them.

use std::collections::BTreeMap;

use safetensors::{Dtype, SafeTensors};

use super::BundleError;

/// Where every array starts: a cache line, and enough for any vector load.
pub const ALIGNMENT: usize = 64;

/// A named array as bytes, little-endian, row major.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Name within the file.
    pub name: String,
    /// Element type.
    pub dtype: Dtype,
    /// Row-major shape.
    pub shape: Vec<usize>,
    /// The elements.
    pub bytes: Vec<u8>,
}

impl Array {
    /// From `f32` values.
    pub fn f32(name: impl Into<String>, shape: &[usize], values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Self {
            name: name.into(),
            dtype: Dtype::F32,
            shape: shape.to_vec(),
            bytes,
        }
    }

    /// From `f32` values, stored at half precision.
    pub fn f16(name: impl Into<String>, shape: &[usize], values: &[f32]) -> Self {
        let bytes = values
            .iter()
            .flat_map(|&v| half::f16::from_f32(v).to_le_bytes())
            .collect();
        Self {
            name: name.into(),
            dtype: Dtype::F16,
            shape: shape.to_vec(),
            bytes,
        }
    }

    /// From `u32` values.
    pub fn u32(name: impl Into<String>, shape: &[usize], values: &[u32]) -> Self {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Self {
            name: name.into(),
            dtype: Dtype::U32,
            shape: shape.to_vec(),
            bytes,
        }
    }

    /// From `u16` values.
    pub fn u16(name: impl Into<String>, shape: &[usize], values: &[u16]) -> Self {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Self {
            name: name.into(),
            dtype: Dtype::U16,
            shape: shape.to_vec(),
            bytes,
        }
    }

    /// From `i8` values.
    pub fn i8(name: impl Into<String>, shape: &[usize], values: &[i8]) -> Self {
        let bytes = values.iter().map(|v| v.to_le_bytes()[0]).collect();
        Self {
            name: name.into(),
            dtype: Dtype::I8,
            shape: shape.to_vec(),
            bytes,
        }
    }

    /// The elements as `f32`, from `f32` or `f16`; refused where one is not a finite number.
    pub fn to_f32(&self) -> Result<Vec<f32>, BundleError> {
        let values: Vec<f32> = match self.dtype {
            Dtype::F32 => self
                .bytes
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect(),
            Dtype::F16 => self
                .bytes
                .chunks_exact(2)
                .map(|b| half::f16::from_le_bytes([b[0], b[1]]).to_f32())
                .collect(),
            _ => return Err(self.unexpected("f32 or f16")),
        };
        if values.iter().all(|v| v.is_finite()) {
            Ok(values)
        } else {
            Err(BundleError::Damaged(format!(
                "array {} holds values that are not numbers",
                self.name
            )))
        }
    }

    /// The elements as `u32`.
    pub fn to_u32(&self) -> Result<Vec<u32>, BundleError> {
        match self.dtype {
            Dtype::U32 => Ok(self
                .bytes
                .chunks_exact(4)
                .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect()),
            _ => Err(self.unexpected("u32")),
        }
    }

    /// The elements as `u16`.
    pub fn to_u16(&self) -> Result<Vec<u16>, BundleError> {
        match self.dtype {
            Dtype::U16 => Ok(self
                .bytes
                .chunks_exact(2)
                .map(|b| u16::from_le_bytes([b[0], b[1]]))
                .collect()),
            _ => Err(self.unexpected("u16")),
        }
    }

    /// The elements as `i8`.
    pub fn to_i8(&self) -> Result<Vec<i8>, BundleError> {
        match self.dtype {
            Dtype::I8 => Ok(self.bytes.iter().map(|&b| i8::from_le_bytes([b])).collect()),
            _ => Err(self.unexpected("i8")),
        }
    }

    fn unexpected(&self, wanted: &str) -> BundleError {
        BundleError::Damaged(format!(
            "array {} is {:?}, not {wanted}",
            self.name, self.dtype
        ))
    }
}

/// The arrays of a file and its text metadata.
#[derive(Debug, Default)]
pub struct Container {
    /// Metadata by key.
    pub metadata: BTreeMap<String, String>,
    arrays: BTreeMap<String, Array>,
}

impl Container {
    /// Adds an array; the last of one name stays.
    pub fn push(&mut self, array: Array) {
        self.arrays.insert(array.name.clone(), array);
    }

    /// Takes an array out.
    pub fn take(&mut self, name: &str) -> Option<Array> {
        self.arrays.remove(name)
    }

    /// Takes an array out, or names it as missing.
    pub fn need(&mut self, name: &str) -> Result<Array, BundleError> {
        self.take(name)
            .ok_or_else(|| BundleError::Damaged(format!("array {name} is missing")))
    }

    /// Takes every array whose name starts with `prefix`, in name order.
    pub fn take_prefix(&mut self, prefix: &str) -> Vec<Array> {
        let names: Vec<String> = self
            .arrays
            .keys()
            .filter(|name| name.starts_with(prefix))
            .cloned()
            .collect();
        names
            .iter()
            .filter_map(|name| self.arrays.remove(name))
            .collect()
    }

    /// The file's bytes: the same arrays and metadata give the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut header = serde_json::Map::new();
        header.insert("__metadata__".into(), serde_json::json!(self.metadata));
        let mut data = Vec::new();
        for array in self.arrays.values() {
            let gap = data.len().next_multiple_of(ALIGNMENT) - data.len();
            if gap > 0 {
                let name = format!("pad.{}", header.len());
                header.insert(name, entry(Dtype::U8, &[gap], data.len(), data.len() + gap));
                data.resize(data.len() + gap, 0);
            }
            let end = data.len() + array.bytes.len();
            header.insert(
                array.name.clone(),
                entry(array.dtype, &array.shape, data.len(), end),
            );
            data.extend_from_slice(&array.bytes);
        }
        let mut json = serde_json::Value::Object(header).to_string().into_bytes();
        json.resize((8 + json.len()).next_multiple_of(ALIGNMENT) - 8, b' ');
        let mut out = (json.len() as u64).to_le_bytes().to_vec();
        out.append(&mut json);
        out.append(&mut data);
        out
    }

    /// Reads a file. The header is checked (lengths, offsets, overlaps) before anything is copied.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BundleError> {
        let damaged = |e: safetensors::SafeTensorError| BundleError::NotABundle(e.to_string());
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
        let metadata = header
            .metadata()
            .clone()
            .unwrap_or_default()
            .into_iter()
            .collect();
        let mut out = Self {
            metadata,
            arrays: BTreeMap::new(),
        };
        for (name, view) in SafeTensors::deserialize(bytes).map_err(damaged)?.iter() {
            if !name.starts_with("pad.") {
                out.push(Array {
                    name: name.to_owned(),
                    dtype: view.dtype(),
                    shape: view.shape().to_vec(),
                    bytes: view.data().to_vec(),
                });
            }
        }
        Ok(out)
    }
}

fn entry(dtype: Dtype, shape: &[usize], start: usize, end: usize) -> serde_json::Value {
    serde_json::json!({"dtype": dtype, "shape": shape, "data_offsets": [start, end]})
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> Container {
        let mut c = Container::default();
        c.metadata.insert("k".into(), "v".into());
        c.push(Array::f32("b", &[3], &[1.0, 2.0, 3.0]));
        c.push(Array::i8("a", &[2, 5], &[-1, 2, 3, 4, 5, 6, 7, 8, 9, -128]));
        c.push(Array::f16("c", &[1], &[0.5]));
        c
    }

    #[test]
    fn arrays_are_aligned_and_come_back() {
        let bytes = sample().to_bytes();
        let start = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        for name in ["a", "b", "c"] {
            assert_eq!(
                (start + header.info(name).unwrap().data_offsets.0) % ALIGNMENT,
                0
            );
        }
        let mut back = Container::from_bytes(&bytes).unwrap();
        assert_eq!(back.metadata["k"], "v");
        assert_eq!(back.need("b").unwrap().to_f32().unwrap(), [1.0, 2.0, 3.0]);
        assert_eq!(back.need("a").unwrap().to_i8().unwrap()[9], -128);
        assert_eq!(back.need("c").unwrap().to_f32().unwrap(), [0.5]);
        assert_eq!(bytes, sample().to_bytes());
    }

    #[test]
    fn numbers_that_are_none_are_refused() {
        assert!(Array::f32("x", &[2], &[1.0, f32::NAN]).to_f32().is_err());
        assert!(Array::f32("x", &[1], &[1.0]).to_i8().is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn changed_and_cut_files_never_panic(cut in 0usize..600, at in 0usize..600, to in any::<u8>()) {
            let mut bytes = sample().to_bytes();
            if let Some(b) = bytes.get_mut(at) { *b = to; }
            bytes.truncate(bytes.len().saturating_sub(cut));
            if let Ok(mut c) = Container::from_bytes(&bytes) {
                for array in c.take_prefix("") { let _ = array.to_f32(); }
            }
        }
    }
}
