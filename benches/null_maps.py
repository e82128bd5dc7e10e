"""Null maps that the program's own noise did not make, and how its percentiles stand on them.

    python3 benches/null_maps.py make MAP... -o null_maps          # z maps without an effect
    gyrus batch null_maps -o null_decoded --tail both --anyway
    python3 benches/null_maps.py test null_decoded/results.jsonl

Three kinds: real maps with the phases of their Fourier transform drawn anew (the spectrum of a real map, no place of
its own), densities of 8 to 800 peaks at random places in the brain, and real maps whose weights on the model's modes
got random signs (not noise: half of a map's own foci stay). Of each side the share of the program's noise that stands
out less should be uniform. Needs numpy, scipy, nibabel and nilearn.
"""

import argparse
import collections
import json
import pathlib
import struct

import numpy as np

DRAWS = 34
TYPES = {"F64": "<f8", "F32": "<f4", "U32": "<u4", "U8": "u1"}


def read_modes(path):
    """Mask (flat, first axis fastest), shape, affine and modes of a bundle: safetensors, src/atlas/codec.rs."""
    import scipy.sparse as sparse

    stored = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", stored[:8])
    head = json.loads(stored[8 : 8 + length])

    def array(name):
        about = head["atlas." + name]
        start, end = (8 + length + place for place in about["data_offsets"])
        return np.frombuffer(stored[start:end], TYPES[about["dtype"]]).reshape(about["shape"])

    runs = array("mask.runs").reshape(-1, 2).astype(int)
    mask = np.concatenate([np.arange(start, start + count) for start, count in runs])
    packed, place = array("modes.runs").tobytes(), 0

    def varint():
        nonlocal place
        value = shift = 0
        while True:
            byte = packed[place]
            place += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    weights, scales = array("modes.weights"), array("modes.scales")
    rows, columns, values, offset = [], [], [], 0
    for mode, count in enumerate(array("modes.counts")):
        voxels, end = [], 0
        while sum(map(len, voxels)) < count:
            start = end + varint()
            end = start + varint()
            voxels.append(np.arange(start, end))
        rows.append(np.concatenate(voxels))
        columns.append(np.full(count, mode))
        values.append(weights[offset : offset + count] * (scales[mode] / 255.0))
        offset += count
    triples = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    modes = sparse.csr_matrix(triples, shape=(len(mask), len(scales)))
    return mask, tuple(array("grid.shape").astype(int)), array("grid.affine"), modes


def make(maps, out, model):
    import nibabel
    from nilearn.image import resample_img
    from scipy.ndimage import gaussian_filter

    mask, shape, affine, modes = read_modes(model)
    rng = np.random.default_rng(2026)
    out.mkdir(parents=True, exist_ok=True)

    def full(values):
        whole = np.zeros(np.prod(shape), "f4")
        whole[mask] = values
        return whole.reshape(shape, order="F")

    def save(values, name):
        nibabel.save(nibabel.Nifti1Image(full(values), affine), out / f"{name}_zmap.nii.gz")

    gram = (modes.T @ modes).toarray()
    gram += np.eye(len(gram)) * 1e-9 * np.trace(gram) / len(gram)
    for path in maps:
        stem = pathlib.Path(path).name.split(".")[0].replace("_", "-")
        image = nibabel.load(path)
        image = nibabel.Nifti1Image(np.nan_to_num(image.get_fdata()), image.affine)
        image = resample_img(image, affine, shape, "linear", force_resample=True, copy_header=True)
        values = image.get_fdata().reshape(-1, order="F")[mask]
        strengths = np.abs(np.fft.fftn(full(values)))
        weights = np.linalg.solve(gram, modes.T @ values)
        for draw in range(DRAWS):
            phases = np.fft.fftn(rng.standard_normal(shape))
            phases /= np.maximum(np.abs(phases), 1e-9)
            drawn = np.fft.ifftn(strengths * phases).real.reshape(-1, order="F")[mask]
            save(1.6 * drawn / drawn.std(), f"phases_{stem}_{draw}")
            turned = modes @ (weights * rng.choice([-1.0, 1.0], len(weights)))
            save(1.6 * turned / turned.std(), f"signs_{stem}_{draw}")
    places = np.stack(np.unravel_index(mask, shape, order="F"), 1)
    for draw in range(100):
        count = int(np.exp(rng.uniform(np.log(8), np.log(800))))
        density = np.zeros(shape, "f4")
        np.add.at(density, tuple(places[rng.integers(0, len(mask), count)].T), 1)
        sigma = 9 / np.sqrt(8 * np.log(2)) / 2
        smoothed = gaussian_filter(density, sigma, truncate=4).reshape(-1, order="F")[mask]
        save(100 * smoothed, f"peaks_random_{draw}")


def test(lines):
    from scipy.stats import kstest

    best, one = collections.defaultdict(list), collections.defaultdict(list)
    count = 0
    for line in lines.read_text().splitlines():
        decoded = json.loads(line)
        kind = "_".join(pathlib.Path(decoded["file"]).name.split("_")[:2])
        for side in decoded["decodings"]:
            tasks = sorted(side["tasks"], key=lambda task: task["id"])
            # Another task of each side: those of one side hang together.
            task = tasks[(7 * count) % len(tasks)]
            count += 1
            for name in (kind, kind.split("_")[0]):
                best[name].append(1 - side["nulls"]["noise_percentile"])
                one[name].append(1 - task["percentile"])
    print(f"{'maps':40} sides  map: <.05  KS p   a task: <.05  KS p")
    for name in sorted(best):
        cells = [len(best[name])]
        for values in (best[name], one[name]):
            cells += [np.mean(np.array(values) <= 0.05), kstest(values, "uniform").pvalue]
        print("{:40} {:5}      {:.3f}  {:.4f}         {:.3f}  {:.4f}".format(name, *cells))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    steps = parser.add_subparsers(required=True, dest="step")
    making = steps.add_parser("make")
    making.add_argument("maps", nargs="+")
    making.add_argument("-o", "--output", type=pathlib.Path, required=True)
    making.add_argument("--model", default="assets/bundle/base.gyrus")
    testing = steps.add_parser("test")
    testing.add_argument("lines", type=pathlib.Path)
    given = parser.parse_args()
    if given.step == "make":
        make(given.maps, given.output, given.model)
    else:
        test(given.lines)


main()
