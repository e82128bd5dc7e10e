//! The assets there are.

/// A file of an asset, as published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its name in the asset's folder, which is also the published one.
    pub name: &'static str,
    /// Where it is published, at a commit that does not change.
    pub url: &'static str,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: &'static str,
}

/// A published data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// What it is called on the command line; the name of its folder.
    pub name: &'static str,
    /// Its name as its authors write it.
    pub title: &'static str,
    /// What is in it.
    pub description: &'static str,
    /// Under which terms it may be used.
    pub licence: &'static str,
    /// Its page.
    pub home: &'static str,
    /// Where its sums are from.
    pub sums_from: &'static str,
    /// Its files.
    pub files: &'static [SourceFile],
}

impl Asset {
    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// All assets.
pub fn all() -> &'static [Asset] {
    ASSETS
}

/// The asset of this name, in whatever case.
pub fn named(name: &str) -> Option<&'static Asset> {
    ASSETS
        .iter()
        .find(|asset| asset.name.eq_ignore_ascii_case(name.trim()))
}

macro_rules! neurosynth {
    ($name:literal) => {
        concat!(
            "https://raw.githubusercontent.com/neurosynth/neurosynth-data/",
            "209c33cd009d0b069398a802198b41b9c488b9b7/",
            $name
        )
    };
}

macro_rules! neuroquery {
    ($name:literal) => {
        concat!(
            "https://raw.githubusercontent.com/neuroquery/neuroquery_data/",
            "4580f86267fb7c14ac1f601e298cbed898d79f2d/data/",
            $name
        )
    };
}

static ASSETS: &[Asset] = &[
    Asset {
        name: "neurosynth",
        title: "Neurosynth v7",
        description: "14,371 studies with authors, journal, year and DOI, and 507,891 peaks",
        licence: "ODbL 1.0",
        home: "https://github.com/neurosynth/neurosynth-data",
        sums_from: "as other projects recorded them for these addresses",
        files: &[
            SourceFile {
                name: "data-neurosynth_version-7_metadata.tsv.gz",
                url: neurosynth!("data-neurosynth_version-7_metadata.tsv.gz"),
                bytes: 1_175_486,
                sha256: "8acde7de2a14ee2a12b406e50a8805e83288b0bc78924ddb36879d496dfb757b",
            },
            SourceFile {
                name: "data-neurosynth_version-7_coordinates.tsv.gz",
                url: neurosynth!("data-neurosynth_version-7_coordinates.tsv.gz"),
                bytes: 3_587_167,
                sha256: "17135be3e08a0ab045896c77217e8463086543a0817d52a6a88c8e32c1161616",
            },
        ],
    },
    Asset {
        name: "neuroquery",
        title: "NeuroQuery",
        description: "13,459 studies with titles, counts of words in keywords and abstracts, and 469,260 peaks",
        licence: "BSD-3-Clause",
        home: "https://github.com/neuroquery/neuroquery_data",
        sums_from: "those of a copy packed by its authors in August 2021; recorded nowhere else",
        files: &[
            SourceFile {
                name: "data-neuroquery_version-1_metadata.tsv.gz",
                url: neuroquery!("data-neuroquery_version-1_metadata.tsv.gz"),
                bytes: 495_821,
                sha256: "d84d2c7b2e2ca1692381419833fde043fb42d279014104c3c957feeeece140ea",
            },
            SourceFile {
                name: "data-neuroquery_version-1_coordinates.tsv.gz",
                url: neuroquery!("data-neuroquery_version-1_coordinates.tsv.gz"),
                bytes: 2_758_923,
                sha256: "b97cf50346dc8a6f78b3c02c8a19680679d7dbdf35f760a1032e46c2cad3666c",
            },
            SourceFile {
                name: "data-neuroquery_version-1_vocab-neuroquery7547_vocabulary.txt",
                url: neuroquery!("data-neuroquery_version-1_vocab-neuroquery7547_vocabulary.txt"),
                bytes: 92_093,
                sha256: "ae4a13380451797735d3df142fb8b4b3792056fbf79471454aa40e12bec7717b",
            },
            SourceFile {
                name: "data-neuroquery_version-1_vocab-neuroquery7547_source-keywords_type-count_features.npz",
                url: neuroquery!(
                    "data-neuroquery_version-1_vocab-neuroquery7547_source-keywords_type-count_features.npz"
                ),
                bytes: 124_114,
                sha256: "01c51de4b0f58194725c0c160e529c1c59cd812b83e51a693924be824f0e9c1b",
            },
            SourceFile {
                name: "data-neuroquery_version-1_vocab-neuroquery7547_source-abstract_type-count_features.npz",
                url: neuroquery!(
                    "data-neuroquery_version-1_vocab-neuroquery7547_source-abstract_type-count_features.npz"
                ),
                bytes: 1_380_908,
                sha256: "79c38b2515a316b711eef1ef1737ba57ce720d79d8506b7a08da6639418cf60a",
            },
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_an_address_a_size_and_a_sum() {
        for asset in all() {
            assert!(!asset.files.is_empty());
            for file in asset.files {
                assert!(file.url.starts_with("https://"), "{}", file.url);
                assert!(file.url.ends_with(file.name), "{}", file.url);
                assert!(!file.name.contains(['/', '\\']), "{}", file.name);
                assert!(file.bytes > 0);
                assert_eq!(file.sha256.len(), 64);
                let lower = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
                assert!(file.sha256.chars().all(lower), "{}", file.sha256);
            }
        }
        assert_eq!(named(" NeuroSynth ").map(|a| a.name), Some("neurosynth"));
        assert_eq!(named("brainmap"), None);
    }
}
