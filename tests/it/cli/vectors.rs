//! Training with vectors of texts that another program made.

use std::fmt::Write as _;
use std::path::Path;

use crate::support::program::{program, text};
use gyrus::bundle::Bundle;
use gyrus::ontology::Ontology;
use gyrus::tensors::{Container, Tensor};

/// A table as NumPy saves it.
fn npy(rows: &[Vec<f32>]) -> Vec<u8> {
    let (n, width) = (rows.len(), rows[0].len());
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({n}, {width}), }}\n");
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(rows.iter().flatten().flat_map(|v| v.to_le_bytes()));
    bytes
}

/// A vector that tells one of four kinds, and a little more.
fn vector(kind: usize, n: usize) -> Vec<f32> {
    let mut vector = vec![0.1; 12];
    vector[kind] = 3.0;
    vector[4 + n % 8] += 0.5;
    vector
}

fn train(folder: &Path, vectors: &str, ids: &str) -> std::process::Output {
    let args = [
        "train",
        "own",
        "-o",
        "own.gyrus",
        "--null-maps",
        "12",
        "--fresh",
    ];
    let files = ["--embeddings", vectors, "--embedding-ids", ids];
    let tasks = [
        "--task-embeddings",
        "tasks.safetensors",
        "--task-ids",
        "tasks.txt",
    ];
    program(folder)
        .args(args)
        .args(files)
        .args(tasks)
        .output()
        .unwrap()
}

#[test]
fn vectors_of_another_model_train_one_that_decodes_and_reads_no_text() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let own = folder.join("own");
    std::fs::create_dir(&own).unwrap();
    super::own_corpus::corpus(&own);
    // Of 60 studies 58 have a vector; a name of no study is passed over.
    let rows: Vec<Vec<f32>> = (0..59).map(|n| vector((n + 1) % 4, n)).collect();
    let mut ids = String::new();
    (1..=58).for_each(|n| writeln!(ids, "own-{n}").unwrap());
    std::fs::write(folder.join("ids.txt"), format!("{ids}other\n")).unwrap();
    std::fs::write(folder.join("texts.npy"), npy(&rows)).unwrap();
    let tasks = &Ontology::embedded().tasks;
    let of_tasks: Vec<f32> = (0..tasks.len()).flat_map(|n| vector(n % 4, n)).collect();
    let mut file = Container::default();
    file.push(Tensor::f32("tasks", &[tasks.len(), 12], &of_tasks));
    std::fs::write(folder.join("tasks.safetensors"), file.to_bytes()).unwrap();
    let names: Vec<&str> = tasks.iter().map(|task| task.name.as_str()).collect();
    std::fs::write(folder.join("tasks.txt"), names.join("\n")).unwrap();

    let trained = train(folder, "texts.npy", "ids.txt");
    let said = text(&trained.stderr);
    assert!(trained.status.success(), "{said}");
    assert!(said.contains("have no vector and are left out"), "{said}");
    let bundle = Bundle::read(&folder.join("own.gyrus")).unwrap();
    assert!(
        bundle
            .manifest
            .encoder
            .fingerprint
            .starts_with("external: ")
    );
    assert_eq!(
        (bundle.manifest.encoder.dim, bundle.tasks.len()),
        (12, tasks.len())
    );
    assert!(bundle.lexical.is_none());

    // It decodes the map of one of its tasks, and says that it reads no texts.
    let gyrus = |args: &[&str]| program(folder).args(args).output().unwrap();
    let shown = gyrus(&[
        "decode",
        "--sphere",
        "-40,-24,56",
        "--model",
        "own.gyrus",
        "--json",
    ]);
    assert!(shown.status.success(), "{}", text(&shown.stderr));
    let asked = gyrus(&[
        "predict",
        "finger tapping hard",
        "--model",
        "own.gyrus",
        "-o",
        "a.nii.gz",
    ]);
    assert_eq!(asked.status.code(), Some(1));
    assert!(
        text(&asked.stderr).contains("encoder"),
        "{}",
        text(&asked.stderr)
    );

    // What does not fit is refused, and the model that was there stays.
    let before = std::fs::read(folder.join("own.gyrus")).unwrap();
    std::fs::write(folder.join("short.txt"), &ids).unwrap();
    std::fs::write(folder.join("others.txt"), "x\n".repeat(59)).unwrap();
    std::fs::write(folder.join("nan.npy"), npy(&vec![vec![f32::NAN; 12]; 59])).unwrap();
    std::fs::write(folder.join("wide.npy"), npy(&vec![vec![1.0; 13]; 59])).unwrap();
    std::fs::write(folder.join("cut.npy"), &npy(&rows)[..500]).unwrap();
    for (vectors, ids, why) in [
        ("texts.npy", "short.txt", "58 names for 59 rows"),
        ("texts.npy", "others.txt", "none of its 59 names"),
        ("nan.npy", "ids.txt", "not numbers"),
        ("wide.npy", "ids.txt", "12 numbers"),
        ("cut.npy", "ids.txt", "cut.npy"),
        ("ids.txt", "ids.txt", "neither .npy nor safetensors"),
        ("nowhere.npy", "ids.txt", "nowhere.npy"),
    ] {
        let refused = train(folder, vectors, ids);
        assert_eq!(refused.status.code(), Some(1), "{vectors} {ids}");
        assert!(
            text(&refused.stderr).contains(why),
            "{}",
            text(&refused.stderr)
        );
    }
    std::fs::write(
        folder.join("tasks.txt"),
        format!("other\n{}", names[1..].join("\n")),
    )
    .unwrap();
    let refused = train(folder, "texts.npy", "ids.txt");
    assert!(
        text(&refused.stderr).contains("have no vector in it"),
        "{}",
        text(&refused.stderr)
    );
    assert_eq!(std::fs::read(folder.join("own.gyrus")).unwrap(), before);
}
