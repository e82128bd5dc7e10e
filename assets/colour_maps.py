"""Writes colour_maps.json and tests/fixtures/render/colour_maps_golden.json.

    python assets/colour_maps.py        (needs matplotlib and cmcrameri)

Maps by others are taken over point by point from matplotlib (viridis family and twilight: CC0; cividis and
turbo; ColorBrewer: Apache-2.0) and cmcrameri (MIT); the rest are control points chosen here. LICENSES.md names
each. The golden file holds 33 of 256 colours as matplotlib paints them, for the maps taken from it.
"""
import json
from pathlib import Path

import matplotlib
import numpy as np
from cmcrameri import cm as crameri
from matplotlib import _cm

HERE = Path(__file__).parent
golden = {}


def to_hex(colours):
    return " ".join("%02x%02x%02x" % tuple(int(round(255 * float(c))) for c in rgb[:3]) for rgb in colours)


def remember(name, cmap):
    golden[name] = [[int(round(255 * float(c))) for c in cmap(n * 255 // 32 / 255)[:3]] for n in range(33)]


def listed(name, source=None):
    """256 colours of a tabulated map."""
    cmap = getattr(crameri, source) if source else matplotlib.colormaps[name]
    remember(name, cmap)
    return to_hex(cmap(np.arange(256) / 255))


def brewer(name, data, backwards=False):
    """The classes of a ColorBrewer scheme, between which colours run straight."""
    colours = getattr(_cm, data)
    colours = colours[::-1] if backwards else colours
    remember(name, matplotlib.colormaps[name])
    return to_hex(colours)


MAPS = [
    # The first eight are named in src/render/colour_map.rs.
    ("gray", "Gray", "sequential", "here", None, "000000 ffffff"),
    ("warm", "Warm", "sequential", "here", "cool", "d61f10 f24212 ff6f16 ff9d22 ffc93c ffee82"),
    ("cool", "Cool", "sequential", "here", "warm", "1745dc 1d68f7 248dff 35b3ff 63d7ff aff4ff"),
    ("green", "Leaf", "sequential", "here", "cool", "0c7a46 1c9a56 35b866 60d078 99e594 d6f7b8"),
    ("viridis", "Viridis", "sequential", "matplotlib", None, listed("viridis")),
    ("inferno", "Inferno", "sequential", "matplotlib", None, listed("inferno")),
    ("RdBu_r", "Red–blue", "diverging", "ColorBrewer", None, brewer("RdBu_r", "_RdBu_data", True)),
    ("twilight", "Twilight", "cyclic", "matplotlib", None, listed("twilight")),
    ("plasma", "Plasma", "sequential", "matplotlib", None, listed("plasma")),
    ("magma", "Magma", "sequential", "matplotlib", None, listed("magma")),
    ("cividis", "Cividis", "sequential", "matplotlib", None, listed("cividis")),
    ("batlow", "Batlow", "sequential", "Crameri", None, listed("batlow", "batlow")),
    ("lajolla", "Lajolla", "sequential", "Crameri", None, listed("lajolla", "lajolla")),
    ("OrRd", "Orange–red", "sequential", "ColorBrewer", "PuBu_r", brewer("OrRd_r", "_OrRd_data", True)),
    ("PuBu", "Purple–blue", "sequential", "ColorBrewer", "OrRd_r", brewer("PuBu_r", "_PuBu_data", True)),
    ("YlGnBu", "Yellow–green–blue", "sequential", "ColorBrewer", None, brewer("YlGnBu_r", "_YlGnBu_data", True)),
    ("red-yellow", "Red–yellow", "sequential", "here", "blue-lightblue", "ff0000 ffff00"),
    ("blue-lightblue", "Blue–light blue", "sequential", "here", "red-yellow", "0000ff 00ffff"),
    ("hot", "Hot", "sequential", "here", "cold", "0b0000 ff0000 ffff00 ffffff"),
    ("cold", "Cold", "sequential", "here", "hot", "00000b 0000ff 00ffff ffffff"),
    ("copper", "Copper", "sequential", "here", None, "000000 3f281a 7f5033 be784c fe9f65 ffc77f"),
    ("bone", "Bone", "sequential", "here", None, "000000 1c1c26 38384d 545471 707e8e 8ca9aa a9c6c6 d4e3e3 ffffff"),
    ("black-red", "Black–red–white", "sequential", "here", "black-blue", "000000 5a0a0a b31510 f0512f ff9f80 ffffff"),
    ("black-blue", "Black–blue–white", "sequential", "here", "black-red", "000000 081f5c 1048b0 2f86f0 85c2ff ffffff"),
    ("turbo", "Turbo", "classic", "matplotlib", None, listed("turbo")),
    ("rainbow", "Rainbow", "classic", "here", None, "00007f 0000ff 007fff 00ffff 7fff7f ffff00 ff7f00 ff0000 7f0000"),
    ("winter", "Winter", "classic", "here", "autumn", "0000ff 0040df 0080bf 00bf9f 00ff80"),
    ("autumn", "Autumn", "classic", "here", "winter", "ff0000 ff4000 ff8000 ffbf00 ffff00"),
    ("spring", "Spring", "classic", "here", "winter", "ff00ff ff40bf ff8080 ffbf40 ffff00"),
    ("vik", "Vik", "diverging", "Crameri", None, listed("vik", "vik")),
    ("coolwarm", "Cool–warm", "diverging", "here", None, "3b4cc0 6282ea 8db0fe b8d0f9 dddddd f5c4ad f49a7b de604d b40426"),
    ("RdYlBu_r", "Red–yellow–blue", "diverging", "ColorBrewer", None, brewer("RdYlBu_r", "_RdYlBu_data", True)),
    ("PiYG", "Pink–green", "diverging", "ColorBrewer", None, brewer("PiYG", "_PiYG_data")),
    ("PRGn", "Purple–green", "diverging", "ColorBrewer", None, brewer("PRGn", "_PRGn_data")),
    ("PuOr_r", "Purple–orange", "diverging", "ColorBrewer", None, brewer("PuOr_r", "_PuOr_data", True)),
    ("Spectral_r", "Spectral", "diverging", "ColorBrewer", None, brewer("Spectral_r", "_Spectral_data", True)),
    ("cold-hot", "Cold–hot", "diverging", "here", None, "c8ffff 00c8ff 0050ff 00007a 000000 7a0000 ff5000 ffc800 ffffc8"),
    ("blue-white-red", "Blue–white–red", "diverging", "here", None, "0000ff ffffff ff0000"),
    ("phase", "Hue", "cyclic", "here", None, "ff3b3b ffc23b b5ff3b 3bff5c 3bfff0 3b86ff 823bff ff3bd8 ff3b3b"),
    ("plain-red", "Red", "single", "here", "plain-blue", "7a0f0f ff3030 ff8c8c"),
    ("plain-blue", "Blue", "single", "here", "plain-red", "12267a 2f5dff 8cabff"),
    ("plain-green", "Green", "single", "here", "plain-magenta", "0b5c16 1fc63a 8cf09c"),
    ("plain-yellow", "Yellow", "single", "here", "plain-cyan", "6e6200 f2d900 fff48c"),
    ("plain-cyan", "Cyan", "single", "here", "plain-yellow", "005a63 00cfe0 96f7ff"),
    ("plain-magenta", "Magenta", "single", "here", "plain-green", "6b0f63 ee2fdc ff9cf6"),
    ("plain-orange", "Orange", "single", "here", "plain-violet", "7a3a00 ff8a14 ffc78c"),
    ("plain-violet", "Violet", "single", "here", "plain-orange", "3c1a7a 8a4dff c3a1ff"),
    ("plain-white", "White", "single", "here", None, "5e5e5e ffffff"),
]

out = []
for name, label, kind, origin, partner, colours in MAPS:
    # Light ends outermost on a dark canvas and a dark brain: the brewer schemes run from dark to light.
    name = name + "_r" if name in ("OrRd", "PuBu", "YlGnBu") else name
    entry = {"name": name, "label": label, "kind": kind, "origin": origin}
    if partner:
        entry["partner"] = partner
    entry["colours"] = colours
    out.append(entry)
lines = ",\n".join("  " + json.dumps(entry, ensure_ascii=False) for entry in out)
(HERE / "colour_maps.json").write_text("[\n" + lines + "\n]\n", encoding="utf-8")
fixture = HERE.parent / "tests/fixtures/render/colour_maps_golden.json"
fixture.write_text(json.dumps({"made_by": "assets/colour_maps.py", "matplotlib": matplotlib.__version__,
                               "colours": golden}, indent=None) + "\n")
print(len(out), "maps")
