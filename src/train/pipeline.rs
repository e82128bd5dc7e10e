//! The whole road from a corpus to a bundle, each stage kept by the hash of what it depends on.

use candle_core::Device;

use super::cache::{Cache, Key};
use super::data::{self, MapRecipe, embeddings, features, features_key};
use super::finish::{IndexInputs, decode_scale, study_index, task_table};
use super::session::{Session, UNFINISHED, Watcher};
use super::terms::{LearntTerms, learn_terms};
use super::watch::{Watched, drawn_from, features_of, looked_at, paired};
use super::{
    Control, Event, Inputs, Outside, Towers, TrainConfig, TrainError, Watch, mean_cosine,
    train_decoder, train_towers,
};
use crate::align::metrics::{Retrieval, ranks};
use crate::align::{Beside, Linear, MapDecoder, Rows, Tower, beside};
use crate::bundle::{
    AtlasInfo, BundleParts, EncoderInfo, FORMAT, KernelInfo, Manifest, Precision, SplitInfo,
    VERSION,
};
use crate::corpus::{Corpus, Split, Study, TextView};
use crate::ontology::Ontology;
use crate::progress::{Cancelled, Progress};
use crate::seed::Seed;
use crate::tensors::Container;
use crate::text::{Lexical, TextEncoder};

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
    /// Vectors of the texts from elsewhere, which take the encoder's place. The literature's terms are then left
    /// out: a model that cannot read what is typed should not read a part of it.
    pub outside: Option<&'a Outside>,
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
    /// Pauses it and ends it early.
    pub control: &'a Control,
    /// What is looked at after each pass.
    pub watch: Option<&'a Watch>,
}

/// What a run measured on dev, for the card.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
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
    let features_train = features(&train, maps, cache, progress, events)?;
    let mut thinned = Vec::new();
    for copy in 0..config.thinned as u64 {
        let studies = data::thinned(&train, copy);
        let studies: Vec<&Study> = studies.iter().collect();
        thinned.push(features(&studies, maps, cache, progress, events)?);
    }
    let features_all = both(
        features_train,
        features(&dev, maps, cache, progress, events)?,
    );
    let mut sentences = |kind| -> Result<Rows, TrainError> {
        if let Some(outside) = recipe.outside {
            return Ok(both(outside.rows(&train), outside.rows(&dev)));
        }
        Ok(both(
            embeddings(&train, kind, encoder, cache, progress, events)?,
            embeddings(&dev, kind, encoder, cache, progress, events)?,
        ))
    };
    let (titles, long_texts) = (sentences(TextView::TITLE)?, sentences(config.long_view())?);
    let (train_rows, dev_rows): (Vec<usize>, Vec<usize>) = (
        (0..train.len()).collect(),
        (train.len()..train.len() + dev.len()).collect(),
    );
    let base_key = towers_key(recipe, &train, &dev);
    let read = |view| train.iter().chain(&dev).map(|s| s.read(view)).collect();
    let texts: [Vec<String>; 2] = [read(TextView::TITLE), read(config.long_view())];
    let texts = texts
        .each_ref()
        .map(|list| -> Vec<&str> { list.iter().map(String::as_str).collect() });
    let known = texts.each_ref().map(|list| &list[..train.len()]);
    let train_features = features_all.select(&train_rows).unit();
    let terms = cached_terms(recipe, known, &train_features, &base_key, progress, events)?;
    let lexical = terms.as_ref().map(|terms| &terms.lexical);
    // The towers read the sentence and the first part of the terms.
    let read_by_towers = titles.width + lexical.map_or(0, |l| l.parts()[0]);
    let whole = |sentence: &Rows, texts: &[&str]| beside_terms(sentence, lexical, texts);
    let whole_titles = whole(&titles, &texts[0]);
    let whole_long = whole(&long_texts, &texts[1]);
    let (tower_titles, tower_long) = (
        whole_titles.first(read_by_towers),
        whole_long.first(read_by_towers),
    );
    let mut thinned_texts = Vec::new();
    if let Some(lexical) = lexical {
        for copy in 0..config.thinned.min(THINNED_TEXTS) as u64 {
            progress.check()?;
            let words = data::thinned_terms(lexical, known[1], copy);
            let sentence = long_texts.select(&train_rows).unit();
            thinned_texts.push(beside(&sentence, &words).first(read_by_towers));
        }
    }
    let inputs = Inputs {
        features: &features_all,
        titles: &tower_titles,
        long_texts: &tower_long,
        thinned: &thinned,
        thinned_texts: &thinned_texts,
        train: &train_rows,
        dev: &dev_rows,
    };

    let documents = long_texts.select(&train_rows);
    let tasks = match recipe.outside {
        Some(outside) => outside.task_table(recipe.ontology, &documents),
        None => task_table(
            recipe.ontology,
            encoder,
            lexical,
            &documents,
            cache,
            progress,
        )?,
    };
    let whole_towers = |towers: Towers| match &terms {
        Some(terms) => with_places(towers, terms, read_by_towers, config),
        None => Ok(towers),
    };
    let watched = match recipe.watch {
        None => None,
        Some(watch) => {
            // Texts that are typed are not read by a model of vectors made elsewhere.
            let typed = recipe.outside.is_none();
            let prompts = watch.prompts.iter().filter(|_| typed).map(String::as_str);
            let prompts: Vec<&str> = prompts.collect();
            let sentences = encoder.embed(&prompts, progress)?;
            let sentences = Rows::from_rows(sentences.iter().map(Vec::as_slice), encoder.dim());
            let features = features_all.unit();
            Some(Watched {
                prompts: beside_terms(&sentences, lexical, &prompts),
                map: watch
                    .map
                    .as_ref()
                    .and_then(|map| features_of(map, maps, progress)),
                tasks: &tasks,
                ontology: recipe.ontology,
                pairs: [
                    paired(&features, &train_rows),
                    paired(&whole_titles, &train_rows),
                ],
                dev: [
                    looked_at(&features, &dev_rows),
                    looked_at(&whole_titles, &dev_rows),
                ],
                train: drawn_from(&features, &train_rows),
                maps,
            })
        }
    };
    let mut look = |towers: &Towers| match &watched {
        Some(watched) => watched.look(&whole_towers(towers.clone())?, progress),
        // Nobody asks for it then.
        None => Err(TrainError::Cancelled(Cancelled)),
    };
    let watcher: Option<Watcher<'_>> = match &watched {
        Some(_) => Some(&mut look),
        None => None,
    };
    let towers = cached_towers(recipe, inputs, &base_key, watcher, progress, events)?;
    let towers = whole_towers(towers)?;
    let inputs = Inputs {
        titles: &whole_titles,
        long_texts: &whole_long,
        ..inputs
    };
    let decoder = cached_decoder(recipe, inputs, &towers, &base_key, progress, events)?;

    events(Event::Stage {
        name: "finish".into(),
        cached: false,
    });
    let latents = |tower: &Tower, rows: &Rows| {
        rows.select(&dev_rows)
            .map(tower.outputs(), |r| tower.forward(r))
    };
    let (dev_images, dev_texts) = (
        latents(&towers.image, &features_all),
        latents(&towers.text, &whole_titles),
    );
    let found = |asked: &Rows, among: &Rows| {
        Retrieval::from_ranks(
            &ranks(&asked.values, &among.values, among.width),
            among.len(),
        )
    };
    let scale = decode_scale(&dev_images, &dev_texts);
    let studies: Vec<&Study> = train.iter().chain(&dev).copied().collect();
    let index = (recipe.index_axes > 0)
        .then(|| {
            let inputs = IndexInputs {
                studies: &studies,
                features: &features_all,
                long_texts: &whole_long,
                image: &towers.image,
                text: &towers.text,
                axes: recipe.index_axes,
            };
            study_index(&inputs, &tasks, &dev_rows, Seed(config.seed))
        })
        .flatten();
    let figures = DevFigures {
        text_to_map: found(&dev_texts, &dev_images),
        map_to_text: found(&dev_images, &dev_texts),
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
        nulls: None,
        lexical: terms.map(|terms| terms.lexical),
    };
    Ok((parts, figures))
}

/// Copies of the long texts with a part of their words, at most.
const THINNED_TEXTS: usize = 2;

/// Sentences of texts at unit length beside their terms; the sentences alone where no terms are read.
fn beside_terms(sentences: &Rows, lexical: Option<&Lexical>, texts: &[&str]) -> Rows {
    let Some(lexical) = lexical else {
        return sentences.clone();
    };
    let mut words = Rows {
        values: Vec::new(),
        width: lexical.dim(),
    };
    for text in texts {
        words.values.extend(lexical.vector(text));
    }
    beside(&sentences.unit(), &words)
}

/// The towers with the places of terms beside their blocks.
fn with_places(
    towers: Towers,
    terms: &LearntTerms,
    start: usize,
    config: &TrainConfig,
) -> Result<Towers, TrainError> {
    let places = &terms.places;
    let n = places.bias.len();
    let same = Linear {
        weight: (0..n * n)
            .map(|i| if i % (n + 1) == 0 { 1.0 } else { 0.0 })
            .collect(),
        bias: vec![0.0; n],
        inputs: n,
    };
    let member = |start, layer: &Linear| Beside {
        start,
        layer: layer.clone(),
        weight: config.places,
    };
    Ok(Towers {
        image: towers.image.with_beside(vec![member(0, places)])?,
        text: towers.text.with_beside(vec![member(start, &same)])?,
        ..towers
    })
}

fn cached_terms(
    recipe: &Recipe<'_>,
    [titles, long_texts]: [&[&str]; 2],
    features: &Rows,
    base: &Key,
    progress: &Progress,
    events: &mut dyn FnMut(Event),
) -> Result<Option<LearntTerms>, TrainError> {
    let config = recipe.config;
    if config.term_axes == 0 || config.place_axes == 0 || recipe.outside.is_some() {
        return Ok(None);
    }
    let settings = format!("terms/1 {} {}", config.term_axes, config.place_axes);
    let key = Key::of([base.as_str().as_bytes(), settings.as_bytes()]);
    // An empty stage: these studies are too few for terms.
    let found = recipe.cache.get("terms", &key);
    let none = found
        .as_ref()
        .is_some_and(|file| file.names().next().is_none());
    let found = found.and_then(LearntTerms::load);
    events(Event::Stage {
        name: "terms".into(),
        cached: none || found.is_some(),
    });
    if none || found.is_some() {
        return Ok(found);
    }
    let learnt = learn_terms(titles, long_texts, features, config, progress)?;
    let stage = learnt
        .as_ref()
        .map_or_else(Container::default, LearntTerms::store);
    recipe.cache.put("terms", &key, &stage);
    Ok(learnt)
}

fn towers_key(recipe: &Recipe<'_>, train: &[&Study], dev: &[&Study]) -> Key {
    let texts = |studies: &[&Study]| -> Vec<u8> {
        studies
            .iter()
            .flat_map(|s| {
                format!("{}\n{}\n", s.title, s.read(recipe.config.long_view())).into_bytes()
            })
            .collect()
    };
    Key::of([
        b"towers/3",
        features_key(train, recipe.maps).as_str().as_bytes(),
        features_key(dev, recipe.maps).as_str().as_bytes(),
        texts_by(recipe).as_bytes(),
        &texts(train),
        &texts(dev),
    ])
}

/// What the numbers of texts come from.
fn texts_by<'a>(recipe: &Recipe<'a>) -> &'a str {
    match recipe.outside {
        Some(outside) => outside.fingerprint(),
        None => recipe.encoder.fingerprint(),
    }
}

/// Name of the passes in the stage of the towers.
const PASSES: &str = "passes";

fn cached_towers(
    recipe: &Recipe<'_>,
    inputs: Inputs<'_>,
    base: &Key,
    mut watcher: Option<Watcher<'_>>,
    progress: &Progress,
    events: &mut dyn FnMut(Event),
) -> Result<Towers, TrainError> {
    let settings = format!("towers/5 {}", recipe.config.stage_settings());
    let key = Key::of([base.as_str().as_bytes(), settings.as_bytes()]);
    let anew = recipe.watch.is_some_and(|watch| watch.anew);
    if anew {
        // Somebody wants to see it learn, whatever was learnt before.
        recipe.cache.remove("towers", &key);
        recipe.cache.remove(UNFINISHED, &key);
    }
    let stage = recipe.cache.get("towers", &key);
    let passes = stage.as_ref().and_then(|stage| stage.metadata.get(PASSES));
    let passes = passes.and_then(|text| serde_json::from_str::<Vec<Event>>(text).ok());
    let found = stage.and_then(Towers::load);
    events(Event::Stage {
        name: "towers".into(),
        cached: found.is_some(),
    });
    if let Some(towers) = found {
        // What was learnt before is shown all the same.
        if let Some(watcher) = &mut watcher {
            events(watcher(&towers)?);
            passes.into_iter().flatten().for_each(&mut *events);
        }
        return Ok(towers);
    }
    // For as long as the key alone.
    let mut relay = watcher.map(|look| move |towers: &Towers| look(towers));
    let watcher = relay.as_mut().map(|look| look as Watcher<'_>);
    let mut passes = Vec::new();
    let mut tell = |event: Event| {
        if matches!(event, Event::Epoch { .. }) {
            passes.push(event.clone());
        }
        events(event);
    };
    let mut session = Session::new(recipe.control, progress, &mut tell)
        .watched(watcher)
        .kept(recipe.cache, &key);
    let towers = train_towers(recipe.config, inputs, recipe.device, &mut session)?;
    // Ended early it is not what these settings give.
    if !recipe.control.is_ended()
        && let Some(mut stage) = towers.store()
    {
        session.forget();
        // Plain data: serde_json has nothing to refuse.
        let passes = serde_json::to_string(&passes).unwrap_or_default();
        stage.metadata.insert(PASSES.to_owned(), passes);
        recipe.cache.put("towers", &key, &stage);
    }
    Ok(towers)
}

fn cached_decoder(
    recipe: &Recipe<'_>,
    inputs: Inputs<'_>,
    towers: &Towers,
    base: &Key,
    progress: &Progress,
    events: &mut dyn FnMut(Event),
) -> Result<MapDecoder, TrainError> {
    // A tower that was ended early is another than the settings give.
    let mut tower = Container::default();
    tower.extend(towers.text.to_tensors("text"));
    let key = Key::of([b"decoder/5", base.as_str().as_bytes(), &tower.to_bytes()]);
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
    let decoder = train_decoder(inputs, &towers.text, progress, events)?;
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
        encoder: match recipe.outside {
            Some(outside) => EncoderInfo {
                fingerprint: outside.fingerprint().into(),
                pooling: "made elsewhere".into(),
                max_tokens: 0,
                dim: outside.dim(),
            },
            None => EncoderInfo {
                fingerprint: recipe.encoder.fingerprint().into(),
                pooling: recipe.encoder_notes.0.into(),
                max_tokens: recipe.encoder_notes.1,
                dim: recipe.encoder.dim(),
            },
        },
        atlas: AtlasInfo::of(recipe.maps.atlas),
        kernel: KernelInfo::of(recipe.maps.kernel),
        preprocess: recipe.maps.preprocess.name().into(),
        normalisation:
            "features and embeddings to unit length, then the towers' own standardisation \
                        where they carry one"
                .into(),
        decode_scale: scale,
        prior_weight: PRIOR_WEIGHT,
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

/// The map alone ranks the tasks: on dev groups of studies the prior cost 5 points of reciprocal rank.
const PRIOR_WEIGHT: f32 = 0.0;

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
