//! The shaders, embedded, with their `#import "file"` lines resolved.

/// A shader's name and its complete source.
pub struct Shader {
    /// File name without extension.
    pub name: &'static str,
    source: &'static str,
}

const COMMON: &str = include_str!("../../shaders/common.wgsl");

/// A scalar map, sampled by hand, thresholded, coloured.
pub(crate) const SLICE: Shader = Shader {
    name: "slice",
    source: include_str!("../../shaders/slice.wgsl"),
};
/// The anatomical picture below the layers.
pub(crate) const UNDERLAY: Shader = Shader {
    name: "underlay",
    source: include_str!("../../shaders/underlay.wgsl"),
};
/// Integer labels.
pub(crate) const LABELS: Shader = Shader {
    name: "labels",
    source: include_str!("../../shaders/labels.wgsl"),
};
/// Colour voxels.
pub(crate) const PICTURE: Shader = Shader {
    name: "picture",
    source: include_str!("../../shaders/picture.wgsl"),
};

/// Every shader, for validation.
pub const ALL: [&Shader; 4] = [&SLICE, &UNDERLAY, &LABELS, &PICTURE];

impl Shader {
    /// The source with imports replaced by what they name. An unknown import is left in place, where
    /// the shader compiler reports it.
    pub(crate) fn wgsl(&self) -> String {
        let mut out = String::with_capacity(self.source.len() + COMMON.len());
        for line in self.source.lines() {
            match line.trim().strip_prefix("#import") {
                Some(name) if name.trim() == "\"common.wgsl\"" => out.push_str(COMMON),
                _ => out.push_str(line),
            }
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shader_parses_and_validates() {
        for shader in ALL {
            let source = shader.wgsl();
            let module = naga::front::wgsl::parse_str(&source)
                .unwrap_or_else(|e| panic!("{}: {}", shader.name, e.emit_to_string(&source)));
            let entries: Vec<_> = module
                .entry_points
                .iter()
                .map(|e| e.name.as_str())
                .collect();
            assert_eq!(entries, ["cover", "draw"], "{}", shader.name);
            naga::valid::Validator::new(
                naga::valid::ValidationFlags::all(),
                naga::valid::Capabilities::empty(),
            )
            .validate(&module)
            .unwrap_or_else(|e| panic!("{}: {e:?}", shader.name));
        }
    }

    #[test]
    fn no_file_in_the_folder_is_forgotten() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/shaders");
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|f| {
                f.unwrap()
                    .path()
                    .file_stem()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        names.retain(|n| n != "common");
        names.sort();
        let mut known: Vec<_> = ALL.iter().map(|s| s.name).collect();
        known.sort_unstable();
        assert_eq!(names, known);
    }

    #[test]
    fn an_unknown_import_is_not_swallowed() {
        let odd = Shader {
            name: "odd",
            source: "#import \"nowhere.wgsl\"",
        };
        assert!(odd.wgsl().contains("nowhere"));
    }
}
