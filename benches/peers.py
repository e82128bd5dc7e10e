#!/usr/bin/env python3
"""Times the field's reference tools beside Gyrus, in one run on one machine.

    python3 benches/peers.py [--gyrus target/release/gyrus] [--map FILE] [--runs 5] [--no-masker]

Needs: pip install numpy scipy nibabel nilearn. Prints one row a task: peer, Gyrus, ratio (medians).
The peers get 512 synthetic modes of the embedded atlas's sparsity, because what they cost depends
on the size of the matrix and not on what is in it.
"""
import argparse
import json
import statistics
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

import nibabel as nib
import numpy as np
import scipy.linalg
import scipy.ndimage

warnings.filterwarnings("ignore")
ROOT = Path(__file__).resolve().parent.parent


def median_ms(function, runs):
    function()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        function()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def synthetic_modes(mask, count, voxels_per_mode, rng):
    """`count` compact non-negative modes on the mask: balls of about `voxels_per_mode` voxels."""
    inside = np.argwhere(mask)
    position = -np.ones(mask.shape, int)
    position[mask] = np.arange(len(inside))
    radius = (voxels_per_mode * 3 / (4 * np.pi)) ** (1 / 3)
    reach = int(np.ceil(radius))
    offsets = np.array([o for o in np.ndindex(*(2 * reach + 1,) * 3)]) - reach
    distance = np.linalg.norm(offsets, axis=1)
    offsets, distance = offsets[distance <= radius], distance[distance <= radius]
    dense = np.zeros((len(inside), count), np.float32)
    for mode, centre in enumerate(inside[rng.choice(len(inside), count, replace=False)]):
        at = centre + offsets
        ok = ((at >= 0) & (at < mask.shape)).all(1)
        rows = position[tuple(at[ok].T)]
        dense[rows[rows >= 0], mode] = (1 - distance[ok] / (radius + 1))[rows >= 0]
    return dense


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gyrus", default=str(ROOT / "target/release/gyrus"))
    parser.add_argument("--map", default=str(ROOT / "../shared/maps/pain_association-test_z.nii.gz"))
    parser.add_argument("--mask", default=str(ROOT / "../shared/templates/MNI152_2x2x2_brainmask.nii.gz"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--no-masker", action="store_true", help="leave out nilearn's masker (half a minute a map)")
    args = parser.parse_args()
    rng = np.random.default_rng(0)

    ours = json.loads(subprocess.run(
        [args.gyrus, "bench", args.map, "--json", "--quiet"], check=True, capture_output=True, text=True).stdout)
    ours = {row["name"]: row["median_ms"] for row in ours["rows"]}
    rows = []

    rows.append(("open a 2 mm map (nibabel get_fdata)",
                 median_ms(lambda: nib.load(args.map).get_fdata(), args.runs), ours["open map"]))

    mask_image = nib.load(args.mask)
    mask = mask_image.get_fdata() > 0
    modes = synthetic_modes(mask, 512, 1500, rng)
    values = scipy.ndimage.gaussian_filter(rng.standard_normal(mask.shape), 2)[mask].astype(np.float32)

    def factor():
        gram = modes.T @ modes + 1e-6 * np.eye(512, dtype=np.float32)
        return scipy.linalg.cho_factor(gram)

    start = time.perf_counter()
    solver = factor()
    scipy.linalg.cho_solve(solver, modes.T @ values)
    cold = (time.perf_counter() - start) * 1000
    rows.append(("project, cold (dense Cholesky, NiCLIP's route)", cold, ours["load bundle"] + ours["project"]))
    rows.append(("project, warm (dense Cholesky, NiCLIP's route)",
                 median_ms(lambda: scipy.linalg.cho_solve(solver, modes.T @ values), args.runs), ours["project"]))

    if not args.no_masker:
        from nilearn.maskers import NiftiMapsMasker

        with tempfile.TemporaryDirectory() as folder:
            data = np.zeros(mask.shape + (512,), np.float32)
            data[mask] = modes
            path = Path(folder) / "modes.nii.gz"
            nib.Nifti1Image(data, mask_image.affine).to_filename(path)
            del data
            masker = NiftiMapsMasker(str(path), standardize=False).fit()
            image = np.zeros(mask.shape, np.float32)
            image[mask] = values
            image = nib.Nifti1Image(image, mask_image.affine)
            start = time.perf_counter()
            masker.transform(image)
            rows.append(("project (nilearn NiftiMapsMasker, one map)", (time.perf_counter() - start) * 1000, ours["project"]))

    print(f"{'task':52} {'peer ms':>10} {'gyrus ms':>10} {'peer / gyrus':>13}")
    for name, peer, own in rows:
        print(f"{name:52} {peer:10.1f} {own:10.2f} {peer / own:13.1f}")


if __name__ == "__main__":
    main()
