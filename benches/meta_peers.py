"""Meta-analyses by this program and by NiMARE: the same studies, CPU seconds of each.

    python3 benches/meta_peers.py path/to/gyrus path/to/neurosynth_coordinates.tsv.gz [TEXT]

The studies are the 500 nearest to a text; NiMARE gets their peaks from the coordinates of the Neurosynth database (those
it has), the program from its own index. One thread each. Needs nimare.
"""

import collections
import csv
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings

warnings.filterwarnings("ignore")
os.environ.setdefault("RAYON_NUM_THREADS", "1")
STUDIES, DRAWS, NIMARE_DRAWS = 500, 100, 20


def command(*args):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(args, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, done.stdout


def ours(gyrus, text, method, iterations, folder):
    out = os.path.join(folder, "z.nii.gz")
    arguments = ["--text", text, "--top", str(STUDIES), "--method", method, "--iterations", str(iterations)]
    return command(gyrus, "meta", *arguments, "-o", out, "--json", "-q", "--threads", "1")


def main(gyrus, coordinates, text="working memory"):
    from nimare.meta.cbma import ALE, MKDADensity
    from nimare.meta.kernel import ALEKernel
    from nimare.nimads import Studyset

    with tempfile.TemporaryDirectory() as folder:
        rows = []
        start, _ = command(gyrus, "studies", "--text", text, "--top", "1", "--json", "-q")
        for method, label in [("ale", "ALE"), ("mkda", "MKDA density"), ("chi2", "MKDA χ²"), ("kde", "KDE")]:
            plain, said = ours(gyrus, text, method, 0, folder)
            drawn, _ = ours(gyrus, text, method, DRAWS, folder)
            rows.append((f"gyrus {label}", plain - start, (drawn - plain) / DRAWS))
        pmids = [study["pmid"] for study in json.loads(said)["analysed"]]
    peaks = collections.defaultdict(list)
    with gzip.open(coordinates, "rt") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            peaks[int(row["id"])].append([float(row[axis]) for axis in "xyz"])
    kept = [pmid for pmid in pmids if pmid in peaks]
    entry = lambda pmid: {
        "id": str(pmid), "name": str(pmid), "authors": "", "publication": "", "metadata": {},
        "analyses": [{
            "id": f"{pmid}-1", "name": "1", "conditions": [], "weights": [], "images": [],
            "points": [{"coordinates": p, "space": "MNI", "kind": None, "image": None, "values": []} for p in peaks[pmid]],
            "metadata": {"sample_sizes": [20]},
        }],
    }
    data = Studyset({"id": "x", "name": "x", "studies": [entry(p) for p in kept]}, target="mni152_2mm")
    for label, make in [
        ("ALE", lambda: ALE(kernel_transformer=ALEKernel(sample_size=20))),
        ("MKDA density", MKDADensity),
    ]:
        make().fit(data)  # compiles what numba compiles
        estimator = make()
        begun = time.process_time()
        found = estimator.fit(data)
        fitted = time.process_time() - begun
        begun = time.process_time()
        estimator.correct_fwe_montecarlo(found, n_iters=NIMARE_DRAWS)
        rows.append((f"NiMARE {label}", fitted, (time.process_time() - begun) / NIMARE_DRAWS))
    print(f"{STUDIES} studies near “{text}”; {len(kept)} of them for NiMARE; CPU seconds")
    print(f"{'':24} {'fit':>8} {'a draw':>8}")
    for label, fit, draw in rows:
        print(f"{label:24} {fit:8.2f} {draw:8.3f}")


main(*sys.argv[1:])
