//! PyTorch state dicts (`.pth`, `.pt`): a zip archive of a pickle and one file of numbers a storage.

use std::collections::HashMap;
use std::io::{Cursor, Read as _};

use super::pickle::{self, Element, TensorRef};
use super::{Container, Tensor, TensorError};

/// Numbers of all weights together: a gigabyte as `f32`.
const MAX_ELEMENTS: u64 = 1 << 28;

type Archive<'a> = zip::ZipArchive<Cursor<&'a [u8]>>;

/// The floating-point weights of a state dict, as `f32` whatever they were stored as. Nothing in the
/// file is run, and no more memory is taken than the file is long, but for weights that share numbers.
///
/// # Errors
/// [`TensorError::LegacyTorch`], [`TensorError::NotTorch`].
pub(crate) fn read_state_dict(bytes: &[u8]) -> Result<Container<'static>, TensorError> {
    if !bytes.starts_with(b"PK\x03\x04") && bytes.first() == Some(&0x80) {
        return Err(TensorError::LegacyTorch);
    }
    read(bytes).map_err(TensorError::NotTorch)
}

fn read(bytes: &[u8]) -> Result<Container<'static>, String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))
        .map_err(|e| format!("it is no zip archive: {e}"))?;
    let pickles: Vec<String> = archive
        .file_names()
        .filter_map(|name| Some(name.ok()?.strip_suffix("data.pkl")?.to_owned()))
        .filter(|folder| folder.is_empty() || folder.ends_with('/'))
        .collect();
    let [folder] = pickles.as_slice() else {
        return Err(format!(
            "it holds {} lists of weights (data.pkl)",
            pickles.len()
        ));
    };
    if let Ok(order) = member(&mut archive, &format!("{folder}byteorder"))
        && order != b"little"
    {
        return Err("it was written on a big-endian machine".into());
    }
    let listed = pickle::tensors(&member(&mut archive, &format!("{folder}data.pkl"))?)?;
    let mut storages: HashMap<String, Vec<f32>> = HashMap::new();
    let mut out = Container::default();
    let mut elements = 0;
    for (name, tensor) in listed {
        if tensor.element == Element::Other {
            continue;
        }
        let values = || {
            if !storages.contains_key(&tensor.storage) {
                let file = format!("{folder}data/{}", tensor.storage);
                let stored = numbers(&member(&mut archive, &file)?, &tensor)?;
                storages.insert(tensor.storage.clone(), stored);
            }
            let stored = storages.get(&tensor.storage).map_or(&[][..], Vec::as_slice);
            gather(stored, &tensor, &mut elements)
        };
        let (shape, values) = in_weight(&name, values)?;
        out.push(Tensor::f32(name, &shape, &values));
    }
    Ok(out)
}

fn in_weight<T>(name: &str, read: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    read().map_err(|why| format!("weight {name}: {why}"))
}

/// A file of the archive: PyTorch stores them as they are.
fn member(archive: &mut Archive<'_>, name: &str) -> Result<Vec<u8>, String> {
    let index = archive
        .index_for_name(name)
        .ok_or_else(|| format!("{name} is not in it"))?;
    let entry = archive
        .by_index_raw(index)
        .map_err(|e| format!("{name}: {e}"))?;
    if entry.compression() != zip::CompressionMethod::STORE {
        return Err(format!("{name} is compressed, which PyTorch never does"));
    }
    // What is read is part of the bytes at hand, so it cannot be longer than they are.
    let mut out = Vec::new();
    let mut entry = entry;
    entry
        .read_to_end(&mut out)
        .map_err(|e| format!("{name}: {e}"))?;
    Ok(out)
}

fn numbers(bytes: &[u8], tensor: &TensorRef) -> Result<Vec<f32>, String> {
    let size = match tensor.element {
        Element::F64 => 8,
        Element::F32 => 4,
        Element::F16 | Element::BF16 | Element::Other => 2,
    };
    if tensor.stored.checked_mul(size) != Some(bytes.len() as u64) {
        return Err(format!(
            "{} numbers in {} bytes",
            tensor.stored,
            bytes.len()
        ));
    }
    Ok(match tensor.element {
        Element::F64 => each(bytes, |b| f64::from_le_bytes(b) as f32),
        Element::F32 => each(bytes, f32::from_le_bytes),
        Element::F16 => each(bytes, |b| half::f16::from_le_bytes(b).to_f32()),
        Element::BF16 | Element::Other => each(bytes, |b| half::bf16::from_le_bytes(b).to_f32()),
    })
}

fn each<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes
        .as_chunks::<N>()
        .0
        .iter()
        .map(|&b| number(b))
        .collect()
}

/// Shape and numbers of a tensor, in row-major order whatever its strides; `elements` counts those of all.
fn gather(
    stored: &[f32],
    tensor: &TensorRef,
    elements: &mut u64,
) -> Result<(Vec<usize>, Vec<f32>), String> {
    let outside = || format!("its shape {:?} reaches beyond its storage", tensor.shape);
    if tensor.shape.len() != tensor.strides.len() || tensor.shape.len() > 8 {
        return Err(format!(
            "{} axes and {} strides",
            tensor.shape.len(),
            tensor.strides.len()
        ));
    }
    let count = tensor
        .shape
        .iter()
        .try_fold(1_u64, |n, &d| n.checked_mul(d));
    let count = count.filter(|n| n.saturating_add(*elements) <= MAX_ELEMENTS);
    let count = count.ok_or_else(|| format!("its shape {:?} is too large", tensor.shape))?;
    *elements += count;
    let shape: Vec<usize> = tensor.shape.iter().map(|&d| d as usize).collect();
    if count == 0 {
        return Ok((shape, Vec::new()));
    }
    let steps = tensor.shape.iter().zip(&tensor.strides);
    let last = steps
        .map(|(&d, &s)| (d - 1).checked_mul(s))
        .try_fold(tensor.offset, |at, step| at.checked_add(step?));
    if last.is_none_or(|last| last >= stored.len() as u64) {
        return Err(outside());
    }
    let mut place = vec![0_u64; shape.len()];
    let mut values = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let steps = place.iter().zip(&tensor.strides);
        let at = tensor.offset + steps.map(|(p, s)| p * s).sum::<u64>();
        values.push(*stored.get(at as usize).ok_or_else(outside)?);
        for (axis, length) in tensor.shape.iter().enumerate().rev() {
            place[axis] += 1;
            if place[axis] < *length {
                break;
            }
            place[axis] = 0;
        }
    }
    Ok((shape, values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WEIGHTS: &[u8] = include_bytes!("../../tests/fixtures/niclip/weights.pth");
    const LEGACY: &[u8] = include_bytes!("../../tests/fixtures/niclip/legacy.pth");

    fn tensor(offset: u64, shape: &[u64], strides: &[u64]) -> TensorRef {
        TensorRef {
            element: Element::F32,
            storage: "0".into(),
            stored: 6,
            offset,
            shape: shape.to_vec(),
            strides: strides.to_vec(),
        }
    }

    #[test]
    fn a_state_dict_is_read_with_names_and_shapes() {
        let mut read = read_state_dict(WEIGHTS).unwrap();
        let scale = read.need("logit_scale").unwrap();
        assert_eq!(
            (scale.shape.as_slice(), scale.to_f32().unwrap()),
            (&[][..], vec![13.5])
        );
        let projection = read.need("text_model.model.0.projection.weight").unwrap();
        assert_eq!(projection.shape, [32, 48]);
        assert_eq!(read.take_prefix("").len(), 25);
    }

    #[test]
    fn strides_are_followed_and_checked() {
        let stored = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
        let read = |t: TensorRef| gather(&stored, &t, &mut 0);
        let turned = read(tensor(0, &[3, 2], &[1, 3])).unwrap();
        assert_eq!(turned, (vec![3, 2], vec![0.0, 3.0, 1.0, 4.0, 2.0, 5.0]));
        assert_eq!(read(tensor(5, &[], &[])).unwrap().1, [5.0]);
        assert_eq!(read(tensor(0, &[0, 9], &[9, 1])).unwrap().1, [0.0; 0]);
        assert_eq!(read(tensor(2, &[3], &[0])).unwrap().1, [2.0; 3]);
        for (offset, shape, strides) in [
            (1, vec![3, 2], vec![2, 1]),
            (6, vec![], vec![]),
            (0, vec![u64::MAX, 2], vec![1, 1]),
            (0, vec![2], vec![u64::MAX]),
            (0, vec![1 << 40], vec![0]),
            (0, vec![2], vec![1, 1]),
        ] {
            assert!(read(tensor(offset, &shape, &strides)).is_err(), "{shape:?}");
        }
    }

    #[test]
    fn other_files_are_refused_in_words() {
        assert_eq!(read_state_dict(LEGACY), Err(TensorError::LegacyTorch));
        let told = |bytes: &[u8]| read_state_dict(bytes).unwrap_err().to_string();
        assert!(told(b"hello").contains("no zip archive"));
        assert!(told(b"").contains("no zip archive"));
        let npz = include_bytes!("../../tests/fixtures/corpus/counts.npz");
        assert!(told(npz).contains("0 lists of weights"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn changed_and_cut_files_never_panic(
            changes in proptest::collection::vec((0..WEIGHTS.len(), any::<u8>()), 1..5),
            // The pickle is at the start, the archive's own list at the end.
            ends in proptest::collection::vec((0..3000_usize, any::<bool>(), any::<u8>()), 1..4),
            cut in 0..WEIGHTS.len(),
        ) {
            let mut bytes = WEIGHTS.to_vec();
            for (at, to) in changes {
                bytes[at] = to;
            }
            for (at, first, to) in ends {
                let at = if first { at } else { WEIGHTS.len() - 1 - at };
                bytes[at] = to;
            }
            let _ = read_state_dict(&bytes);
            bytes.truncate(cut);
            prop_assert!(read_state_dict(&bytes).is_err());
        }
    }
}
