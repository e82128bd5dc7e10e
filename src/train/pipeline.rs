//! The whole road from a corpus to a bundle, each stage kept by the hash of what it depends on.

use candle_core::Device;

use super::cache::{Cache, Key};
use super::data::{MapRecipe, embeddings, features, features_key};
use super::finish::{IndexInputs, decode_scale, study_index, task_table};
use super::{
    Event, Inputs, Towers, TrainConfig, TrainError, mean_cosine, train_decoder, train_towers,
};
use crate::align::metrics::Retrieval;
use crate::align::{MapDecoder, Rows, Tower};
use crate::bundle::{
    AtlasInfo, BundleParts, EncoderInfo, FORMAT, KernelInfo, Manifest, Precision, SplitInfo,
    VERSION,
};
use crate::corpus::{Corpus, Split, Study, TextView};
use crate::ontology::Ontology;
use crate::progress::Progress;
use crate::seed::Seed;
use crate::tensors::Container;
use crate::text::TextEncoder;

/// Everything a bundle is made from.
pub struct Recipe<'a> {
    /// The literature.
    pub corpus: &'a Corpus,
    /// Its division. Only train and dev are looked at.
    pub split: &'a Split,
    /// How maps become features.
    pub maps: MapRecipe<'a>,
    /// How texts become embeddings.
    pub encoder: &'a dyn TextEncoder,
    /// Pooling and longest text of the encoder, for the manifest.
    pub encoder_notes: (&'a str, usize),
    /// The vocabulary.
    pub ontology: &'a Ontology,
    /// Settings of the training.
    pub config: &'a TrainConfig,
    /// Axes kept a study in the index; 0 for no index.
    pub index_axes: usize,
    /// Display name of the model.
    pub name: &'a str,
    /// Where finished stages are kept.
    pub cache: &'a Cache,
    /// Where the towers are trained.
    pub device: &'a Device,
}

/// What a run measured on dev, for the card.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct DevFigures {
    /// Query title, find the map.
    pub text_to_map: Retrieval,
    /// Query map, find the title.
    pub map_to_text: Retrieval,
    /// The pass of the towers that was kept.
    pub best_epoch: usize,
    /// Mean cosine of the features predicted from titles to the true ones.
    pub decoder_cosine: f32,
    /// Fitted multiplier of cosines.
    pub decode_scale: f32,
    /// Share of the exact ten nearest studies the packed index finds.
    pub index_recall: Option<f64>,
}

/// Trains a model and puts the bundle together. The figures are of dev; the test studies are not
/// read.
pub fn build(
    recipe: &Recipe<'_>,
    progress: &Progress,
    events: &mut dyn FnMut(Event),
) -> Result<(BundleParts, DevFigures), TrainError> {
    let Recipe {
        corpus,
        split,
        maps,
        encoder,
        cache,
        config,
        ..
    } = *recipe;
    // Before hours go into maps and texts.
    config.check()?;
    let part = |indices: &[usize]| -> Vec<&Study> {
        indices.iter().map(|&i| &corpus.studies[i]).collect()
    };
    let (train, dev) = (part(&split.train), part(&split.dev));
    events(Event::Config {
        config: config.clone(),
        studies: [train.len(), dev.len()],
    });

    let both = |a: Rows, b: Rows| Rows {
        values: [a.values, b.values].concat(),
        width: a.width,
    };
    let features_all = both(
        features(&train, maps, cache, progress, events)?,
        features(&dev, maps, cache, progress, events)?,
    );
    let mut text = |kind| -> Result<Rows, TrainError> {
        Ok(both(
            embeddings(&train, kind, encoder, cache, progress, events)?,
            embeddings(&dev, kind, encoder, cache, progress, events)?,
        ))
    };
    let (titles, long_texts) = (text(TextView::TITLE)?, text(TextView::LONG)?);
    let (train_rows, dev_rows): (Vec<usize>, Vec<usize>) = (
        (0..train.len()).collect(),
        (train.len()..train.len() + dev.len()).collect(),
    );
    let inputs = Inputs {
        features: &features_all,
        titles: &titles,
        long_texts: &long_texts,
        train: &train_rows,
        dev: &dev_rows,
    };

    let base_key = towers_key(recipe, &train, &dev);
    let towers = cached_towers(recipe, inputs, &base_key, progress, events)?;
    let decoder = cached_decoder(recipe, inputs, &towers, &base_key, progress, events)?;

    events(Event::Stage {
        name: "finish".into(),
        cached: false,
    });
    let latents = |tower: &Tower, rows: &Rows| {
        rows.select(&dev_rows)
            .map(config.width, |r| tower.forward(r))
    };
    let (dev_images, dev_texts) = (
        latents(&towers.image, &features_all),
        latents(&towers.text, &titles),
    );
    let scale = decode_scale(&dev_images, &dev_texts);
    let tasks = task_table(
        recipe.ontology,
        encoder,
        &long_texts.select(&train_rows),
        progress,
    )?;
    let studies: Vec<&Study> = train.iter().chain(&dev).copied().collect();
    let index = (recipe.index_axes > 0)
        .then(|| {
            let inputs = IndexInputs {
                studies: &studies,
                features: &features_all,
                long_texts: &long_texts,
                image: &towers.image,
                text: &towers.text,
                axes: recipe.index_axes,
            };
            study_index(&inputs, &tasks, &dev_rows, Seed(config.seed))
        })
        .flatten();
    let figures = DevFigures {
        text_to_map: towers.dev[0],
        map_to_text: towers.dev[1],
        best_epoch: towers.epoch,
        decoder_cosine: mean_cosine(&decoder, &dev_texts, &features_all.select(&dev_rows).unit()),
        decode_scale: scale,
        index_recall: index.as_ref().map(|(_, kept)| *kept),
    };
    let manifest = manifest(recipe, scale, &towers, &figures);
    let parts = BundleParts {
        manifest,
        atlas: maps.atlas.clone(),
        preprocess: maps.preprocess.clone(),
        image_tower: towers.image,
        text_tower: towers.text,
        decoder: Some(decoder),
        decode_scale: scale,
        tasks,
        index: index.map(|(index, _)| index),
        precision: Precision::default(),
        ontology: None,
    };
    Ok((parts, figures))
}

fn towers_key(recipe: &Recipe<'_>, train: &[&Study], dev: &[&Study]) -> Key {
    let texts = |studies: &[&Study]| -> Vec<u8> {
        studies
            .iter()
            .flat_map(|s| format!("{}\n{}\n", s.title, s.read(TextView::LONG)).into_bytes())
            .collect()
    };
    Key::of([
        b"towers/2",
        features_key(train, recipe.maps).as_str().as_bytes(),
        features_key(dev, recipe.maps).as_str().as_bytes(),
        recipe.encoder.fingerprint().as_bytes(),
        &texts(train),
        &texts(dev),
    ])
}

fn cached_towers(
    recipe: &Recipe<'_>,
    inputs: Inputs<'_>,
    base: &Key,
    progress: &Progress,
    events: &mut dyn FnMut(Event),
) -> Result<Towers, TrainError> {
    let settings = format!("{:?}", recipe.config);
    let key = Key::of([base.as_str().as_bytes(), settings.as_bytes()]);
    let found = recipe.cache.get("towers", &key).and_then(load_towers);
    events(Event::Stage {
        name: "towers".into(),
        cached: found.is_some(),
    });
    if let Some(towers) = found {
        return Ok(towers);
    }
    let towers = train_towers(recipe.config, inputs, recipe.device, progress, events)?;
    let mut file = Container::default();
    file.extend(towers.image.to_tensors("image_model.model"));
    file.extend(towers.text.to_tensors("text_model.model"));
    let notes = (towers.logit_scale, towers.epoch, towers.dev);
    if let Ok(notes) = serde_json::to_string(&notes) {
        file.metadata.insert("notes".into(), notes);
        recipe.cache.put("towers", &key, &file);
    }
    Ok(towers)
}

fn load_towers(mut file: Container<'_>) -> Option<Towers> {
    let (logit_scale, epoch, dev) = serde_json::from_str(file.metadata.get("notes")?).ok()?;
    let image = Tower::from_tensors("image_model.model", &mut file).ok()?;
    let text = Tower::from_tensors("text_model.model", &mut file).ok()?;
    Some(Towers {
        image,
        text,
        logit_scale,
        epoch,
        dev,
    })
}

fn cached_decoder(
    recipe: &Recipe<'_>,
    inputs: Inputs<'_>,
    towers: &Towers,
    base: &Key,
    progress: &Progress,
    events: &mut dyn FnMut(Event),
) -> Result<MapDecoder, TrainError> {
    let settings = format!("decoder/3 {:?}", recipe.config);
    let key = Key::of([base.as_str().as_bytes(), settings.as_bytes()]);
    let load = |mut file: Container<'_>| MapDecoder::from_tensors("decoder_model", &mut file).ok();
    let found = recipe.cache.get("decoder", &key).and_then(load);
    events(Event::Stage {
        name: "decoder".into(),
        cached: found.is_some(),
    });
    if let Some(decoder) = found {
        return Ok(decoder);
    }
    progress.stage("Training the decoder");
    let decoder = train_decoder(recipe.config, inputs, &towers.text, progress, events)?;
    let mut file = Container::default();
    file.extend(decoder.to_tensors("decoder_model"));
    recipe.cache.put("decoder", &key, &file);
    Ok(decoder)
}

fn manifest(recipe: &Recipe<'_>, scale: f32, towers: &Towers, figures: &DevFigures) -> Manifest {
    let split = recipe.split;
    Manifest {
        format: FORMAT.into(),
        version: VERSION,
        min_reader: VERSION,
        name: recipe.name.into(),
        written_by: concat!("gyrus ", env!("CARGO_PKG_VERSION")).into(),
        parts: Vec::new(),
        encoder: EncoderInfo {
            fingerprint: recipe.encoder.fingerprint().into(),
            pooling: recipe.encoder_notes.0.into(),
            max_tokens: recipe.encoder_notes.1,
            dim: recipe.encoder.dim(),
        },
        atlas: AtlasInfo::of(recipe.maps.atlas),
        kernel: KernelInfo::of(recipe.maps.kernel),
        preprocess: recipe.maps.preprocess.name().into(),
        normalisation:
            "features and embeddings to unit length, then the towers' own standardisation \
                        where they carry one"
                .into(),
        decode_scale: scale,
        split: SplitInfo {
            train_sha256: split.hashes.train.clone(),
            dev_sha256: split.hashes.dev.clone(),
            test_sha256: split.hashes.test.clone(),
            sizes: [split.train.len(), split.dev.len(), split.test.len()],
        },
        seed: recipe.config.seed,
        tasks: Vec::new(),
        licences: LICENCES.iter().map(|&l| l.to_owned()).collect(),
        card: card(recipe, towers, figures),
    }
}

/// What a bundle owes to others.
const LICENCES: [&str; 4] = [
    "Weights and atlas: MIT OR Apache-2.0",
    "Study index: a database derived from Neurosynth, Open Database License 1.0; contains \
     information from the Neurosynth database, https://neurosynth.org",
    "Trained on Neurosynth v7 (ODbL 1.0; Yarkoni et al. 2011) and the NeuroQuery data (BSD-3; Dockes \
     et al. 2020)",
    "Task identifiers and names: Cognitive Atlas (Poldrack et al. 2011)",
];

fn card(recipe: &Recipe<'_>, towers: &Towers, figures: &DevFigures) -> String {
    let line = |r: &Retrieval| {
        format!(
            "Recall@10 {:.1} %, Recall@100 {:.1} %, Mix&Match {:.1} %",
            r.recall_10, r.recall_100, r.mix_match
        )
    };
    let settings = serde_json::to_string(recipe.config).unwrap_or_default();
    let index = match figures.index_recall {
        Some(kept) => format!(
            "The packed study index finds {:.1} % of the exact ten nearest studies.\n",
            100.0 * kept
        ),
        None => String::new(),
    };
    format!(
        "# {}\n\nTwo towers that place brain maps and texts in one space, trained on {} studies; {} \
         more decided when to stop.\n\nOn those (an optimistic figure):\n- title to map: {}\n- map to \
         title: {}\n- cosine of the features predicted from a title to the true ones: {:.3}\n\nThe \
         decode scale {:.2} makes the dev maps' own titles likeliest among all dev titles; the \
         trained scale is {:.2}.\n{index}Settings: {settings}\n",
        recipe.name,
        recipe.split.train.len(),
        recipe.split.dev.len(),
        line(&figures.text_to_map),
        line(&figures.map_to_text),
        figures.decoder_cosine,
        figures.decode_scale,
        towers.logit_scale,
    )
}
