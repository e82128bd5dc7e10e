"""Makes the three shipped faces from a full Inter release (OpenType, version 3 or 4).

    python subset.py /usr/share/fonts/opentype/inter

Keeps Latin, Greek, punctuation, arrows and mathematical signs, keeps kerning, drops hinting and all
other layout features, and makes the tabular figures the default ones, so that columns of numbers
line up without a feature switch.
"""

import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

RANGES = [
    (0x20, 0x7E), (0xA0, 0x17F), (0x18F, 0x192), (0x1CD, 0x1DC), (0x218, 0x21B), (0x2B0, 0x2DD),
    (0x384, 0x3CE), (0x3D1, 0x3D6), (0x1E80, 0x1E85), (0x1EF2, 0x1EF3), (0x2000, 0x206F), (0x2070, 0x209C),
    (0x20A0, 0x20BF), (0x2100, 0x2139), (0x2150, 0x215E), (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2300, 0x23CE),
    (0x25A0, 0x25FF), (0x2605, 0x2606), (0x2611, 0x2613), (0x2713, 0x2717), (0xFFFD, 0xFFFD),
]
# Signs that stand in columns with digits get their tabular width too; point and comma do not: in
# running text a digit-wide full stop looks like a gap.
TABULAR = "0123456789+−-"


def tabular_map(font):
    """Glyph name → tabular glyph name, from the `tnum` feature."""
    gsub = font["GSUB"].table
    mapping = {}
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag != "tnum":
            continue
        for index in record.Feature.LookupListIndex:
            for table in gsub.LookupList.Lookup[index].SubTable:
                mapping.update(getattr(getattr(table, "ExtSubTable", table), "mapping", {}))
    return mapping


def make(source, target):
    font = TTFont(source)
    tabular = tabular_map(font)
    for table in font["cmap"].tables:
        for character in TABULAR:
            name = table.cmap.get(ord(character))
            if name in tabular:
                table.cmap[ord(character)] = tabular[name]
    options = subset.Options()
    options.layout_features = ["kern"]
    options.drop_tables += ["GSUB", "DSIG"]
    options.hinting = False
    options.desubroutinize = False
    options.name_IDs = ["*"]
    options.notdef_outline = True
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[u for low, high in RANGES for u in range(low, high + 1)])
    subsetter.subset(font)
    digits = [font.getBestCmap()[ord(c)] for c in TABULAR if c != "-"]
    widths = sorted(font["hmtx"][glyph][0] for glyph in digits)
    # Version 3.019 has some digits two units (of 2816) wider than others in some weights; a release
    # without tabular figures would differ by hundreds.
    assert widths[-1] - widths[0] <= 64, f"digits of {source} are not tabular: {widths}"
    for glyph in digits:
        font["hmtx"][glyph] = (widths[-1], font["hmtx"][glyph][1])
    font.save(target)
    print(f"{target}: {pathlib.Path(target).stat().st_size} bytes, {len(font.getBestCmap())} characters")


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    here = pathlib.Path(__file__).parent
    for weight in ["Regular", "Medium", "SemiBold"]:
        make(folder / f"Inter-{weight}.otf", here / f"Inter-{weight}.otf")
