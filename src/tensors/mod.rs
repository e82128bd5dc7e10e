//! Named arrays as they are stored: one type, and one safetensors file that holds them. Bundles,
//! atlases, finished stages and text encoders are all read and written through this module. Arrays of
//! other programs (NumPy's `.npy`, PyTorch's state dicts) are read only.

mod container;
mod npy;
mod pickle;
mod torch;

use std::borrow::Cow;

pub use container::Container;
pub(crate) use npy::{NpyArray, NpyHeader};
pub use safetensors::Dtype;
pub(crate) use torch::read_state_dict;

/// Why stored arrays cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TensorError {
    /// The bytes are no safetensors file, or not all of one.
    #[error("it is not a whole safetensors file ({0})")]
    NotSafetensors(String),
    /// An array is not there.
    #[error("array {0} is missing")]
    Missing(String),
    /// An array holds another type of element.
    #[error("array {name} is stored as {found:?}, not as {wanted}")]
    Type {
        /// The array.
        name: String,
        /// What it holds.
        found: Dtype,
        /// What was wanted, in words.
        wanted: &'static str,
    },
    /// The bytes are no NumPy array of the kinds that are read.
    #[error("{0}")]
    NotNumpy(String),
    /// The bytes are no PyTorch state dict, or one that asks for more than one needs.
    #[error("{0}")]
    NotTorch(String),
    /// A state dict in the format PyTorch had before version 1.6.
    #[error("it is in the format of PyTorch before 1.6, which is not read")]
    LegacyTorch,
    /// An array holds NaN or an infinity.
    #[error("array {0} holds values that are not numbers")]
    NotFinite(String),
}

/// A named array: bytes, little-endian, row major. Read from a file it borrows the file's bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor<'a> {
    /// Name within the file.
    pub name: String,
    /// Element type.
    pub dtype: Dtype,
    /// Row-major shape.
    pub shape: Vec<usize>,
    /// The elements.
    pub bytes: Cow<'a, [u8]>,
}

impl Tensor<'static> {
    /// From bytes.
    pub fn new(name: impl Into<String>, dtype: Dtype, shape: &[usize], bytes: Vec<u8>) -> Self {
        Self {
            name: name.into(),
            dtype,
            shape: shape.to_vec(),
            bytes: bytes.into(),
        }
    }

    /// From `f32` values.
    pub fn f32(name: impl Into<String>, shape: &[usize], values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Self::new(name, Dtype::F32, shape, bytes)
    }

    /// From `f32` values, stored at half precision.
    pub(crate) fn f16(name: impl Into<String>, shape: &[usize], values: &[f32]) -> Self {
        let half = |&v: &f32| half::f16::from_f32(v).to_le_bytes();
        Self::new(
            name,
            Dtype::F16,
            shape,
            values.iter().flat_map(half).collect(),
        )
    }

    /// From `f64` values.
    pub fn f64(name: impl Into<String>, shape: &[usize], values: &[f64]) -> Self {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Self::new(name, Dtype::F64, shape, bytes)
    }

    /// From `u32` values.
    pub fn u32(name: impl Into<String>, shape: &[usize], values: &[u32]) -> Self {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Self::new(name, Dtype::U32, shape, bytes)
    }

    /// From `u16` values.
    pub fn u16(name: impl Into<String>, shape: &[usize], values: &[u16]) -> Self {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Self::new(name, Dtype::U16, shape, bytes)
    }

    /// From `i8` values.
    pub(crate) fn i8(name: impl Into<String>, shape: &[usize], values: &[i8]) -> Self {
        let bytes = values.iter().map(|v| v.cast_unsigned()).collect();
        Self::new(name, Dtype::I8, shape, bytes)
    }
}

impl Tensor<'_> {
    /// The elements as `f32`, from `f32`, `f16` or `bf16`.
    ///
    /// # Errors
    /// [`TensorError::Type`]; [`TensorError::NotFinite`] where one is not a finite number.
    pub(crate) fn to_f32(&self) -> Result<Vec<f32>, TensorError> {
        let values: Vec<f32> = match self.dtype {
            Dtype::F32 => self.elements(f32::from_le_bytes),
            Dtype::F16 => self.elements(|b| half::f16::from_le_bytes(b).to_f32()),
            Dtype::BF16 => self.elements(|b| half::bf16::from_le_bytes(b).to_f32()),
            _ => return Err(self.unexpected("f32, f16 or bf16")),
        };
        if values.iter().all(|v| v.is_finite()) {
            Ok(values)
        } else {
            Err(TensorError::NotFinite(self.name.clone()))
        }
    }

    /// The elements as `f64`.
    ///
    /// # Errors
    /// [`TensorError::Type`].
    pub(crate) fn to_f64(&self) -> Result<Vec<f64>, TensorError> {
        match self.dtype {
            Dtype::F64 => Ok(self.elements(f64::from_le_bytes)),
            _ => Err(self.unexpected("f64")),
        }
    }

    /// The elements as `u32`.
    ///
    /// # Errors
    /// [`TensorError::Type`].
    pub(crate) fn to_u32(&self) -> Result<Vec<u32>, TensorError> {
        match self.dtype {
            Dtype::U32 => Ok(self.elements(u32::from_le_bytes)),
            _ => Err(self.unexpected("u32")),
        }
    }

    /// The elements as `u16`.
    ///
    /// # Errors
    /// [`TensorError::Type`].
    pub(crate) fn to_u16(&self) -> Result<Vec<u16>, TensorError> {
        match self.dtype {
            Dtype::U16 => Ok(self.elements(u16::from_le_bytes)),
            _ => Err(self.unexpected("u16")),
        }
    }

    /// The elements as `i8`.
    ///
    /// # Errors
    /// [`TensorError::Type`].
    pub(crate) fn to_i8(&self) -> Result<Vec<i8>, TensorError> {
        match self.dtype {
            Dtype::I8 => Ok(self.bytes.iter().map(|b| b.cast_signed()).collect()),
            _ => Err(self.unexpected("i8")),
        }
    }

    /// The elements of an array of bytes.
    ///
    /// # Errors
    /// [`TensorError::Type`].
    pub(crate) fn as_u8(&self) -> Result<&[u8], TensorError> {
        match self.dtype {
            Dtype::U8 => Ok(&self.bytes),
            _ => Err(self.unexpected("u8")),
        }
    }

    /// The array with bytes of its own.
    pub fn into_owned(self) -> Tensor<'static> {
        Tensor {
            name: self.name,
            dtype: self.dtype,
            shape: self.shape,
            bytes: Cow::Owned(self.bytes.into_owned()),
        }
    }

    fn elements<const N: usize, T>(&self, element: impl Fn([u8; N]) -> T) -> Vec<T> {
        let (chunks, _) = self.bytes.as_chunks::<N>();
        chunks.iter().map(|&b| element(b)).collect()
    }

    fn unexpected(&self, wanted: &'static str) -> TensorError {
        TensorError::Type {
            name: self.name.clone(),
            found: self.dtype,
            wanted,
        }
    }
}

impl safetensors::View for &Tensor<'_> {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_come_back_as_they_are_stored() {
        assert_eq!(
            Tensor::f64("x", &[2], &[0.1, -3.0]).to_f64(),
            Ok(vec![0.1, -3.0])
        );
        assert_eq!(
            Tensor::u16("x", &[2], &[7, 65_535]).to_u16(),
            Ok(vec![7, 65_535])
        );
        assert_eq!(
            Tensor::f16("x", &[1], &[0.1]).to_f32(),
            Ok(vec![0.099_975_586])
        );
        let bf16 = half::bf16::from_f32(1.5).to_le_bytes().to_vec();
        assert_eq!(
            Tensor::new("x", Dtype::BF16, &[1], bf16).to_f32(),
            Ok(vec![1.5])
        );
    }

    #[test]
    fn other_types_and_numbers_that_are_none_are_refused() {
        let wrong = Tensor::f32("x", &[1], &[1.0]).to_i8().unwrap_err();
        assert_eq!(wrong.to_string(), "array x is stored as F32, not as i8");
        let nan = Tensor::f32("x", &[2], &[1.0, f32::NAN]).to_f32();
        assert_eq!(nan, Err(TensorError::NotFinite("x".into())));
    }
}
