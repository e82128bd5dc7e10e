//! Named arrays in one safetensors file, each at a multiple of 64 bytes.
//!
//! safetensors allows no holes between arrays, so the space between them is taken by small `u8`
//! arrays named `pad.0`, `pad.1`, …: any safetensors reader opens the file and can ignore them.

use std::collections::BTreeMap;

use safetensors::{Dtype, SafeTensors};

use super::{Tensor, TensorError};

/// Where every array starts: a cache line, and enough for any vector load.
pub(crate) const ALIGNMENT: usize = 64;

/// The arrays of a file and its text metadata.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Container<'a> {
    /// Metadata by key.
    pub metadata: BTreeMap<String, String>,
    tensors: BTreeMap<String, Tensor<'a>>,
}

impl<'a> Container<'a> {
    /// Reads a file, whose bytes the arrays then borrow. The header is checked (lengths, offsets,
    /// overlaps) before anything is made of it.
    ///
    /// # Errors
    /// [`TensorError::NotSafetensors`].
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self, TensorError> {
        let damaged = |e: safetensors::SafeTensorError| TensorError::NotSafetensors(e.to_string());
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
        let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
        let tensors = file.tensors().into_iter();
        let kept = tensors.filter(|(name, _)| !name.starts_with("pad."));
        let tensor = |(name, view): (String, safetensors::tensor::TensorView<'a>)| {
            let tensor = Tensor {
                name: name.clone(),
                dtype: view.dtype(),
                shape: view.shape().to_vec(),
                bytes: view.data().into(),
            };
            (name, tensor)
        };
        Ok(Self {
            metadata: header
                .metadata()
                .clone()
                .unwrap_or_default()
                .into_iter()
                .collect(),
            tensors: kept.map(tensor).collect(),
        })
    }

    /// Adds an array; the last of one name stays.
    pub fn push(&mut self, tensor: Tensor<'a>) {
        self.tensors.insert(tensor.name.clone(), tensor);
    }

    /// Adds all arrays and metadata of another; the last of one name stays.
    pub fn merge(&mut self, other: Self) {
        self.metadata.extend(other.metadata);
        self.tensors.extend(other.tensors);
    }

    /// The array of this name.
    pub fn get(&self, name: &str) -> Option<&Tensor<'a>> {
        self.tensors.get(name)
    }

    /// The names of all arrays, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Takes an array out.
    pub fn take(&mut self, name: &str) -> Option<Tensor<'a>> {
        self.tensors.remove(name)
    }

    /// Takes an array out.
    ///
    /// # Errors
    /// [`TensorError::Missing`].
    pub fn need(&mut self, name: &str) -> Result<Tensor<'a>, TensorError> {
        self.take(name)
            .ok_or_else(|| TensorError::Missing(name.to_owned()))
    }

    /// Takes every array whose name starts with `prefix`, in name order.
    pub fn take_prefix(&mut self, prefix: &str) -> Vec<Tensor<'a>> {
        let names: Vec<String> = self
            .tensors
            .keys()
            .filter(|name| name.starts_with(prefix))
            .cloned()
            .collect();
        names
            .iter()
            .filter_map(|name| self.tensors.remove(name))
            .collect()
    }

    /// The file's bytes: the same arrays and metadata give the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut header = serde_json::Map::new();
        header.insert("__metadata__".into(), serde_json::json!(self.metadata));
        let mut data = Vec::new();
        for tensor in self.tensors.values() {
            let gap = data.len().next_multiple_of(ALIGNMENT) - data.len();
            if gap > 0 {
                let name = format!("pad.{}", header.len());
                header.insert(name, entry(Dtype::U8, &[gap], data.len(), data.len() + gap));
                data.resize(data.len() + gap, 0);
            }
            let end = data.len() + tensor.bytes.len();
            header.insert(
                tensor.name.clone(),
                entry(tensor.dtype, &tensor.shape, data.len(), end),
            );
            data.extend_from_slice(&tensor.bytes);
        }
        let mut json = serde_json::Value::Object(header).to_string().into_bytes();
        json.resize((8 + json.len()).next_multiple_of(ALIGNMENT) - 8, b' ');
        let mut out = (json.len() as u64).to_le_bytes().to_vec();
        out.append(&mut json);
        out.append(&mut data);
        out
    }

    /// The same with bytes of its own.
    pub fn into_owned(self) -> Container<'static> {
        let own = |(name, tensor): (String, Tensor<'a>)| (name, tensor.into_owned());
        Container {
            metadata: self.metadata,
            tensors: self.tensors.into_iter().map(own).collect(),
        }
    }
}

impl<'a> Extend<Tensor<'a>> for Container<'a> {
    fn extend<T: IntoIterator<Item = Tensor<'a>>>(&mut self, tensors: T) {
        for tensor in tensors {
            self.push(tensor);
        }
    }
}

fn entry(dtype: Dtype, shape: &[usize], start: usize, end: usize) -> serde_json::Value {
    serde_json::json!({"dtype": dtype, "shape": shape, "data_offsets": [start, end]})
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> Container<'static> {
        let mut c = Container::default();
        c.metadata.insert("k".into(), "v".into());
        c.push(Tensor::f32("b", &[3], &[1.0, 2.0, 3.0]));
        c.push(Tensor::i8(
            "a",
            &[2, 5],
            &[-1, 2, 3, 4, 5, 6, 7, 8, 9, -128],
        ));
        c.push(Tensor::f16("c", &[1], &[0.5]));
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
        let back = Container::from_bytes(&bytes).unwrap();
        assert_eq!(back, sample());
        assert_eq!(back.clone().into_owned().to_bytes(), bytes);
        let mut back = back;
        assert_eq!(back.need("b").unwrap().to_f32().unwrap(), [1.0, 2.0, 3.0]);
        assert_eq!(back.get("a").unwrap().to_i8().unwrap()[9], -128);
        assert_eq!(back.need("b"), Err(TensorError::Missing("b".into())));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn changed_and_cut_files_never_panic(cut in 0usize..600, at in 0usize..600, to in any::<u8>()) {
            let mut bytes = sample().to_bytes();
            if let Some(b) = bytes.get_mut(at) { *b = to; }
            bytes.truncate(bytes.len().saturating_sub(cut));
            if let Ok(mut c) = Container::from_bytes(&bytes) {
                for tensor in c.take_prefix("") { let _ = tensor.to_f32(); }
            }
        }
    }
}
