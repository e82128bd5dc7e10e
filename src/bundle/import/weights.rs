//! The towers in a published state dict.

use std::collections::BTreeSet;
use std::path::Path;

use super::{ImportError, Layout, MAX_WEIGHT_BYTES};
use crate::align::{AlignError, Tower};
use crate::files;
use crate::tensors::{Container, TensorError, read_state_dict};

/// Blocks of each tower.
const BLOCKS: usize = 3;
/// Weights named in a message.
const MAX_NAMED: usize = 6;

/// The towers and the trained scale.
pub(super) struct Read {
    pub image: Tower,
    pub text: Tower,
    pub logit_scale: f32,
    pub notes: Vec<String>,
}

/// Reads a state dict of a layout.
///
/// # Errors
/// [`ImportError`] with the names of weights that are missing, too many, or of another shape.
pub(super) fn read(path: &Path, layout: Layout) -> Result<Read, ImportError> {
    let bytes = files::read_whole(path, MAX_WEIGHT_BYTES).map_err(ImportError::io(path))?;
    let wrong = |why: String| ImportError::Weights {
        why,
        path: path.to_owned(),
    };
    let mut from = read_state_dict(&bytes).map_err(|error| match error {
        TensorError::LegacyTorch => ImportError::Legacy {
            path: path.to_owned(),
        },
        other => wrong(other.to_string()),
    })?;
    towers(&mut from, layout).map_err(wrong)
}

fn prefixes(layout: Layout) -> [&'static str; 2] {
    match layout {
        Layout::Niclip => ["image_model.model", "text_model.model"],
        Layout::Neurocontext => ["image_model", "text_model"],
    }
}

/// The names the weights of both towers have.
fn expected(layout: Layout) -> BTreeSet<String> {
    let [image, text] = prefixes(layout);
    let layers = |block: usize, prefix| match (block, prefix == text) {
        (0, true) => &["projection", "fc", "layer_norm"][..],
        _ => &["fc", "layer_norm"][..],
    };
    let mut names = BTreeSet::new();
    for prefix in [image, text] {
        for block in 0..BLOCKS {
            for layer in layers(block, prefix) {
                names.insert(format!("{prefix}.{block}.{layer}.weight"));
                names.insert(format!("{prefix}.{block}.{layer}.bias"));
            }
        }
    }
    names.insert("logit_scale".to_owned());
    names
}

fn towers(from: &mut Container<'_>, layout: Layout) -> Result<Read, String> {
    let mut notes = Vec::new();
    if layout == Layout::Neurocontext {
        if !from.take_prefix("decoder_model.").is_empty() {
            let why = "The decoder in the weights was left out: it starts from a place that this program does not keep. \
                       The model predicts no maps";
            notes.push(why.to_owned());
        }
        // Of the other loss; it moves all cosines alike.
        from.take("logit_bias");
    }
    let wanted = expected(layout);
    let there: BTreeSet<String> = from.names().map(str::to_owned).collect();
    let other = match layout {
        Layout::Niclip => Layout::Neurocontext,
        Layout::Neurocontext => Layout::Niclip,
    };
    if there.intersection(&expected(other)).count() > there.intersection(&wanted).count() {
        return Err(format!(
            "its weights are named as {}'s are: import it with `gyrus bundle import {}`",
            other.name(),
            other.name().to_lowercase()
        ));
    }
    let missing: Vec<&str> = wanted.difference(&there).map(String::as_str).collect();
    if !missing.is_empty() {
        return Err(format!("it lacks {}", named(&missing)));
    }
    let extra: Vec<&str> = there.difference(&wanted).map(String::as_str).collect();
    if !extra.is_empty() {
        return Err(format!(
            "it holds weights that {} does not have: {}",
            layout.name(),
            named(&extra)
        ));
    }
    let scale = from.need("logit_scale").map_err(|e| e.to_string())?;
    let &[logit_scale] = scale.to_f32().map_err(|e| e.to_string())?.as_slice() else {
        return Err(format!(
            "weight logit_scale has shape {:?}, expected one number",
            scale.shape
        ));
    };
    let [image, text] = prefixes(layout);
    let words = |e: AlignError| e.to_string();
    let image = Tower::from_tensors(image, from).map_err(words)?;
    let text = Tower::from_tensors(text, from).map_err(words)?;
    if image.outputs() != text.outputs() {
        return Err(format!(
            "its towers end in {} and {} numbers, where they are to meet",
            image.outputs(),
            text.outputs()
        ));
    }
    Ok(Read {
        image,
        text,
        logit_scale,
        notes,
    })
}

fn named(names: &[&str]) -> String {
    let first = names
        .iter()
        .take(MAX_NAMED)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().saturating_sub(MAX_NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensors::Tensor;

    const WEIGHTS: &[u8] = include_bytes!("../../../tests/fixtures/niclip/weights.pth");

    fn told(change: impl FnOnce(&mut Container<'static>)) -> String {
        let mut from = read_state_dict(WEIGHTS).unwrap();
        change(&mut from);
        match towers(&mut from, Layout::Niclip) {
            Ok(_) => "nothing".to_owned(),
            Err(why) => why,
        }
    }

    #[test]
    fn weights_that_are_missing_too_many_or_misshapen_are_named() {
        assert_eq!(told(|_| ()), "nothing");
        let name = "image_model.model.1.fc.weight";
        let why = told(|from| drop(from.take(name)));
        assert_eq!(why, format!("it lacks {name}"));
        let why = told(|from| from.push(Tensor::f32("head.weight", &[1], &[1.0])));
        assert!(why.contains("head.weight"), "{why}");
        let why = told(|from| from.push(Tensor::f32(name, &[32, 31], &vec![0.0; 31 * 32])));
        assert!(why.contains(name) && why.contains("[32, 31]"), "{why}");
        let why = told(|from| {
            let bias = "text_model.model.2.layer_norm.bias";
            from.push(Tensor::f32(bias, &[2], &[f32::NAN; 2]));
        });
        assert!(why.contains("text_model.model.2.layer_norm.bias"), "{why}");
        let why = told(|from| from.push(Tensor::f32("logit_scale", &[2], &[1.0; 2])));
        assert!(why.contains("logit_scale has shape [2]"), "{why}");
    }

    #[test]
    fn the_two_layouts_are_told_apart() {
        let mut from = read_state_dict(WEIGHTS).unwrap();
        let why = towers(&mut from, Layout::Neurocontext).err().unwrap();
        assert!(
            why.contains("NiCLIP's") && why.contains("import niclip"),
            "{why}"
        );
    }
}
