"""The training step of benches/train.rs in jax on the CPU: median of 40 steps after warm-up.

Run: python benches/train_peer.py   (needs jax and numpy)
"""
import time
from functools import partial
import jax, jax.numpy as jnp, numpy as np

def linear(rng, i, o):
    b = 1 / np.sqrt(i)
    return [jnp.asarray(rng.uniform(-b, b, (i, o)), jnp.float32), jnp.asarray(rng.uniform(-b, b, o), jnp.float32)]

def norm(x, g, b):
    m = x.mean(-1, keepdims=True)
    return (x - m) / jnp.sqrt(x.var(-1, keepdims=True) + 1e-5) * g + b

gelu = partial(jax.nn.gelu, approximate=False)
drop = lambda x, k: x * jax.random.bernoulli(k, 0.5, x.shape) * 2.0
unit = lambda x: x / jnp.linalg.norm(x, axis=-1, keepdims=True)

def loss(p, x, t, key):
    keys = jax.random.split(key, 6)
    w = p["projection"]
    q = t @ w[0] + w[1]
    t = norm(q + drop(gelu(q) @ w[2] + w[3], keys[0]), w[4], w[5])
    for w, k in zip(p["text"], keys[1:3]):
        t = norm(t + drop(gelu(t @ w[0] + w[1]), k), w[2], w[3])
    for w, k in zip(p["image"], keys[3:]):
        x = norm(x + drop(gelu(x @ w[0] + w[1]), k), w[2], w[3])
    s = p["scale"] * unit(x) @ unit(t).T
    return -(jnp.diag(jax.nn.log_softmax(s, 1)).mean() + jnp.diag(jax.nn.log_softmax(s, 0)).mean()) / 2

@jax.jit
def step(p, m, v, n, x, t, key):
    value, g = jax.value_and_grad(loss)(p, x, t, key)
    m = jax.tree.map(lambda a, b: 0.9 * a + 0.1 * b, m, g)
    v = jax.tree.map(lambda a, b: 0.999 * a + 0.001 * b * b, v, g)
    move = lambda w, a, b: w * (1 - 5e-5) - 5e-4 * (a / (1 - 0.9**n)) / (jnp.sqrt(b / (1 - 0.999**n)) + 1e-8)
    return value, jax.tree.map(move, p, m, v), m, v

rng = np.random.default_rng(0)
block = lambda: linear(rng, 512, 512) + [jnp.ones(512), jnp.zeros(512)]
for batch in (128, 512):
    p = {"projection": linear(rng, 384, 512) + block(), "text": [block(), block()],
         "image": [block(), block(), block()], "scale": jnp.asarray(10.0)}
    m = v = jax.tree.map(jnp.zeros_like, p)
    x = jnp.asarray(rng.uniform(-0.08, 0.08, (batch, 512)), jnp.float32)
    t = jnp.asarray(rng.uniform(-0.08, 0.08, (batch, 384)), jnp.float32)
    times = []
    for n in range(1, 46):
        start = time.perf_counter()
        value, p, m, v = step(p, m, v, float(n), x, t, jax.random.PRNGKey(n))
        value.block_until_ready()
        jax.block_until_ready(p)
        times.append(time.perf_counter() - start)
    print(f"jax step, batch {batch}: median {1e3 * np.median(times[5:]):.1f} ms, best {1e3 * min(times):.1f} ms")
