"""A training step of both towers (forward, backward, AdamW) by Gyrus, PyTorch and jax, one after the other on the same
cores: milliseconds a step on the clock (median) and of processor time (mean, of all threads).

Run: python benches/train_peer.py [--cores N] [--only gyrus,torch,jax] [--gyrus "cargo bench --locked --bench main --"]
(needs numpy, and whichever of PyTorch and jax is to be compared; what is not there is left out)

Gyrus' average of weights, which the others do without, is part of its step.
"""
import argparse
import os
import re
import shlex
import subprocess
import sys
import time
from functools import partial

TEXT = [384, 512, 512, 512]
SHAPES = {
    "384→512 and 512→512": [512, 512, 512, 512],
    "384→512 and 4096–1024–1024–512": [4096, 1024, 1024, 512],
}
BATCHES = (128, 512, 1024)


def measure(step, steps=25, warm=5):
    """Median ms on the clock and mean ms of processor time."""
    import numpy as np

    for _ in range(warm):
        step()
    times, cpu = [], time.process_time()
    for _ in range(steps):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return 1e3 * float(np.median(times)), 1e3 * (time.process_time() - cpu) / steps


def inputs(image, batch):
    import numpy as np

    rng = np.random.default_rng(0)
    draw = lambda width: rng.uniform(-0.08, 0.08, (batch, width)).astype("f4")
    return draw(image[0]), draw(TEXT[0])


def gyrus(command, cores):
    """The rows of benches/train.rs."""
    env = dict(os.environ, RAYON_NUM_THREADS=str(cores))
    run = shlex.split(command) + ["--warm-up-time", "1", "--measurement-time", "4", "training step"]
    out = subprocess.run(run, env=env, capture_output=True, text=True)
    if out.returncode:
        sys.exit(out.stderr)
    units = {"µs": 1e-3, "ms": 1.0, "s": 1e3}
    rows, name = {}, None
    for line in out.stdout.splitlines():
        head = re.match(r"(training step.*?)(?:\s+time:|: [\d.]+ ms of|$)", line)
        name = head[1].strip() if head else name
        if found := re.search(r"time:\s+\[\S+ \S+ ([\d.]+) (\S+)", line):
            rows.setdefault(name, [0, 0])[0] = float(found[1]) * units[found[2]]
        if found := re.search(r": ([\d.]+) ms of processor", line):
            rows.setdefault(name, [0, 0])[1] = float(found[1])
    for name, (clock, cpu) in rows.items():
        cpu = f"{cpu:8.1f}" if cpu else "       –"
        print(f"gyrus  {clock:8.1f} ms  {cpu} ms processor   {name}", flush=True)


def torch_steps(cores):
    import torch
    import torch.nn.functional as F
    from torch import nn

    torch.set_num_threads(cores)

    class Block(nn.Module):
        def __init__(self, i, o):
            super().__init__()
            self.projection = nn.Linear(i, o) if i != o else None
            self.fc, self.norm = nn.Linear(o, o), nn.LayerNorm(o)

        def forward(self, x):
            if self.projection is None:
                return self.norm(x + F.dropout(F.gelu(self.fc(x)), 0.5))
            p = self.projection(x)
            return self.norm(p + F.dropout(self.fc(F.gelu(p)), 0.5))

    tower = lambda widths: nn.Sequential(*[Block(i, o) for i, o in zip(widths, widths[1:])])
    for name, image in SHAPES.items():
        for batch in BATCHES:
            torch.manual_seed(0)
            maps, texts = tower(image), tower(TEXT)
            scale = nn.Parameter(torch.tensor(10.0))
            params = [*maps.parameters(), *texts.parameters(), scale]
            optimiser = torch.optim.AdamW(params, lr=5e-4, weight_decay=0.1, fused=True)
            x, t = map(torch.from_numpy, inputs(image, batch))
            truth = torch.arange(batch)

            def step():
                optimiser.zero_grad()
                logits = scale * F.normalize(maps(x)) @ F.normalize(texts(t)).T
                loss = (F.cross_entropy(logits, truth) + F.cross_entropy(logits.T, truth)) / 2
                loss.backward()
                optimiser.step()

            clock, cpu = measure(step)
            print(f"torch  {clock:8.1f} ms  {cpu:8.1f} ms processor   batch {batch}, {name}", flush=True)


def jax_steps():
    import jax
    import jax.numpy as jnp
    import numpy as np

    rng = np.random.default_rng(0)

    def linear(i, o):
        b = 1 / np.sqrt(i)
        return [jnp.asarray(rng.uniform(-b, b, (i, o)), jnp.float32), jnp.asarray(rng.uniform(-b, b, o), jnp.float32)]

    def norm(x, g, b):
        m = x.mean(-1, keepdims=True)
        return (x - m) / jnp.sqrt(x.var(-1, keepdims=True) + 1e-5) * g + b

    gelu = partial(jax.nn.gelu, approximate=False)
    drop = lambda x, k: x * jax.random.bernoulli(k, 0.5, x.shape) * 2.0
    unit = lambda x: x / jnp.linalg.norm(x, axis=-1, keepdims=True)

    def block(i, o):
        layer = {"fc": linear(o, o), "norm": [jnp.ones(o), jnp.zeros(o)]}
        return layer | ({"projection": linear(i, o)} if i != o else {})

    def tower(blocks, x, key):
        for b, k in zip(blocks, jax.random.split(key, len(blocks))):
            w, c = b["fc"]
            if "projection" in b:
                p = x @ b["projection"][0] + b["projection"][1]
                x = norm(p + drop(gelu(p) @ w + c, k), *b["norm"])
            else:
                x = norm(x + drop(gelu(x @ w + c), k), *b["norm"])
        return unit(x)

    def loss(p, x, t, key):
        a, b = jax.random.split(key)
        s = p["scale"] * tower(p["image"], x, a) @ tower(p["text"], t, b).T
        return -(jnp.diag(jax.nn.log_softmax(s, 1)).mean() + jnp.diag(jax.nn.log_softmax(s, 0)).mean()) / 2

    @jax.jit
    def step(p, m, v, n, x, t, key):
        value, g = jax.value_and_grad(loss)(p, x, t, key)
        m = jax.tree.map(lambda a, b: 0.9 * a + 0.1 * b, m, g)
        v = jax.tree.map(lambda a, b: 0.999 * a + 0.001 * b * b, v, g)
        move = lambda w, a, b: w * (1 - 5e-5) - 5e-4 * (a / (1 - 0.9**n)) / (jnp.sqrt(b / (1 - 0.999**n)) + 1e-8)
        return value, jax.tree.map(move, p, m, v), m, v

    for name, image in SHAPES.items():
        for batch in BATCHES:
            chain = lambda widths: [block(i, o) for i, o in zip(widths, widths[1:])]
            p = {"image": chain(image), "text": chain(TEXT), "scale": jnp.asarray(10.0)}
            m = v = jax.tree.map(jnp.zeros_like, p)
            state = [0, p, m, v]
            x, t = map(jnp.asarray, inputs(image, batch))

            def once():
                state[0] += 1
                n, p, m, v = state
                value, *state[1:] = step(p, m, v, float(n), x, t, jax.random.PRNGKey(n))
                jax.block_until_ready(state[1])

            clock, cpu = measure(once)
            print(f"jax    {clock:8.1f} ms  {cpu:8.1f} ms processor   batch {batch}, {name}", flush=True)


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    args.add_argument("--cores", type=int, default=cores)
    args.add_argument("--only", default="gyrus,torch,jax")
    args.add_argument("--gyrus", default="cargo bench --locked --bench main --")
    args = args.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: args.cores])
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{args.cores} cores, load {load:.1f} before", flush=True)
    runs = {"gyrus": partial(gyrus, args.gyrus, args.cores), "torch": partial(torch_steps, args.cores), "jax": jax_steps}
    for name in args.only.split(","):
        try:
            runs[name]()
        except ImportError as missing:
            print(f"{name}: {missing}")
    if hasattr(os, "getloadavg"):
        print(f"load {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
