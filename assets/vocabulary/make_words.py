"""Writes literature_words.txt: the single words of NeuroQuery's vocabulary of 7,547 terms, and those that
at least two titles of its studies have.

    python make_words.py FOLDER    # the folder of the NeuroQuery data, version 1
"""

import collections
import csv
import gzip
import pathlib
import re
import sys

FEWEST_TITLES = 2

folder = pathlib.Path(sys.argv[1])
prefix = "data-neuroquery_version-1_"
terms = (folder / f"{prefix}vocab-neuroquery7547_vocabulary.txt").read_text("utf-8")
words = {word for term in terms.splitlines() for word in term.split()}
titles = collections.Counter()
with gzip.open(folder / f"{prefix}metadata.tsv.gz", "rt", encoding="utf-8") as table:
    for row in csv.DictReader(table, delimiter="\t"):
        titles.update(set(re.findall(r"[^\W\d_]+", row["title"].lower())))
words |= {word for word, count in titles.items() if count >= FEWEST_TITLES}
words = sorted(word for word in words if len(word) > 1)
here = pathlib.Path(__file__).parent
(here / "literature_words.txt").write_text("\n".join(words) + "\n", "utf-8")
