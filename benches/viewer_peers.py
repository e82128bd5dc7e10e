#!/usr/bin/env python3
"""Times what a viewer does in Gyrus, nibabel, nilearn and scipy, in one run on one machine.

    python3 benches/viewer_peers.py [--gyrus target/release/gyrus] [--map FILE] [--runs 5]

Needs: pip install numpy scipy nibabel nilearn matplotlib. Prints one row a task: peer, Gyrus, ratio
(medians, milliseconds). Whole commands are timed where Gyrus has a command, so that its start is
counted against it; the peers' imports are not counted against them.
"""
import argparse
import json
import statistics
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import nibabel as nib
import numpy as np
from nilearn import image, plotting, reporting

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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gyrus", default=str(ROOT / "target/release/gyrus"))
    parser.add_argument("--map", default=str(ROOT / "../shared/maps/pain_association-test_z.nii.gz"))
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    rows = []

    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        large = folder / "large.nii"
        values = np.random.default_rng(0).standard_normal((256, 256, 256), dtype=np.float32)
        nib.Nifti1Image(values, np.eye(4)).to_filename(large)
        many = folder / "many.nii.gz"
        frames = np.random.default_rng(1).standard_normal((64, 64, 36, 60)).astype(np.float32)
        nib.Nifti1Image(frames, np.diag([3.0, 3, 3, 1])).to_filename(many)
        del values, frames

        def ours(*words):
            return lambda: subprocess.run([args.gyrus, *map(str, words)], check=True, capture_output=True)

        def bench(path):
            out = subprocess.run([args.gyrus, "bench", path, "--viewer", "--json", "--quiet"],
                                 check=True, capture_output=True, text=True).stdout
            return {row["name"]: row["median_ms"] for row in json.loads(out)["rows"]}

        rows.append(("open a 2 mm map (.nii.gz): nibabel get_fdata",
                     median_ms(lambda: nib.load(args.map).get_fdata(), args.runs), bench(args.map)["open map"]))
        rows.append(("read 256^3 float32 (.nii): nibabel, into memory",
                     median_ms(lambda: np.array(nib.load(large).dataobj), args.runs),
                     bench(large)["open map"]))
        rows.append(("header of a file of 60 frames: nibabel / whole command",
                     median_ms(lambda: nib.load(many).header, args.runs), median_ms(ours("info", many), args.runs)))

        picture = folder / "figure.png"

        def figure(mode, **more):
            def draw():
                display = plotting.plot_stat_map(args.map, threshold=3.1, display_mode=mode,
                                                 output_file=str(picture), **more)
                return display
            return draw

        render = ["render", args.map, "-o", picture, "--threshold", "3.1", "--size", "1280x800"]
        rows.append(("three slices: nilearn 660x260 / whole command 1280x800",
                     median_ms(figure("ortho"), args.runs), median_ms(ours(*render, "--view", "row"), args.runs)))
        rows.append(("mosaic of 7: nilearn / whole command 1280x800",
                     median_ms(figure("z", cut_coords=7), args.runs),
                     median_ms(ours(*render, "--view", "mosaic", "--count", "7"), args.runs)))

        def glass():
            plotting.plot_glass_brain(args.map, threshold=3.1, output_file=str(picture))

        rows.append(("glass brain: nilearn / whole command 1280x800", median_ms(glass, args.runs),
                     median_ms(ours(*render, "--view", "glass"), args.runs)))
        rows.append(("cluster table, two-sided: nilearn / whole command",
                     median_ms(lambda: reporting.get_clusters_table(args.map, 3.1, 10, two_sided=True), args.runs),
                     median_ms(ours("peaks", args.map, "--threshold", "3.1", "--extent", "10", "--two-sided",
                                    "-o", folder / "peaks.csv"), args.runs)))
        loaded = image.load_img(args.map)
        loaded.get_fdata()
        rows.append(("smooth by 6 mm: nilearn smooth_img", median_ms(lambda: image.smooth_img(loaded, 6), args.runs),
                     bench(args.map)["smooth by 6 mm"]))

    print(f"{'task':56} {'peer ms':>10} {'gyrus ms':>10} {'peer / gyrus':>13}")
    for name, peer, own in rows:
        print(f"{name:56} {peer:10.1f} {own:10.2f} {peer / own:13.1f}")


if __name__ == "__main__":
    main()
