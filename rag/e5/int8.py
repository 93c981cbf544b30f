"""The encoder with 8-bit weights and activations: ``python -m rag.e5.int8 FOLDER``.

NNCF does it: SmoothQuant (Xiao et al., ICML 2023) moves what is hard to round from the activations
into the weights, then ranges are read off texts of the kind the model will see. Ranges alone, in
another runtime, cost 8 points of R@1 (`benchmarks/README.md`).

`write_int8_graph` runs it in a process of its own: NNCF writes to stdout, which belongs to answers,
and takes some 900 MB of memory that a chat would keep.
"""

import logging
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rag.e5.graph import encoder, openvino, save
from rag.e5.packed import PackedModel, read_packed, unpacked
from rag.e5.tokenizer import Pieces, padded

CALIBRATION = Path(__file__).parent / "calibration.txt"
"""One text a line, written for this purpose: reports, sentences and questions in French, English
and Vietnamese."""

_TOGETHER = 4
_LONGEST = 256
_NOT_WRITTEN = 74  # EX_IOERR of sysexits.h


def write_int8_graph(folder: Path, module: str = __name__) -> None:
    """Write the 8-bit graph into `folder`, beside the vocabulary that is there already.

    `module` is what is run for it: this one, or that of another model (`written`).

    :raises OSError: it cannot be written.
    :raises RuntimeError: NNCF is not installed, or fails.
    """
    ours, open_while_we_live = os.pipe()
    try:
        done = subprocess.run(
            [sys.executable, "-m", module, str(folder)],
            stdin=ours,
            stdout=2,  # NNCF's progress belongs to stderr
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(open_while_we_live)
    if done.returncode:
        last = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
        raise (OSError if done.returncode == _NOT_WRITTEN else RuntimeError)(last)


def main(folder: Path) -> None:
    """Do that in this process, for as long as the one that started it lives."""
    packed = read_packed()
    written(folder, encoder(packed), calibration(packed, Pieces(folder)))


def written(folder: Path, graph: Any, batches: Iterable[dict[str, Any]]) -> None:
    """Quantise `graph` and save it, then end; end at once if the process that waits for it dies."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        save(quantised(graph, list(batches)), folder)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(_NOT_WRITTEN)


def _end_with_parent() -> None:
    sys.stdin.read()  # ends when the other end of the pipe is closed, by death as well
    os._exit(1)


def quantised(graph: Any, batches: list[dict[str, Any]]) -> Any:
    """Return `graph` with its matrix products in 8 bits, its inputs and outputs unchanged."""
    openvino()  # before NNCF, which would report its use otherwise
    import nncf

    nncf.set_log_level(logging.ERROR)
    return nncf.quantize(
        graph,
        nncf.Dataset(batches),
        subset_size=len(batches),
        model_type=nncf.ModelType.TRANSFORMER,
        # Rounding the sum that becomes the vector itself costs 2 points of R@1; the judge has none.
        ignored_scope=nncf.IgnoredScope(types=["NormalizeL2"], validate=False),
    )


def calibration_texts() -> list[str]:
    return CALIBRATION.read_text(encoding="utf-8").splitlines()


def calibration(packed: PackedModel, pieces: Pieces) -> Iterator[dict[str, Any]]:
    """Yield the calibration texts as inputs of the graph, texts of like length together."""
    texts = calibration_texts()
    rows = sorted(pieces.token_ids(texts, _LONGEST), key=len)
    batches = [rows[start : start + _TOGETHER] for start in range(0, len(rows), _TOGETHER)]
    random.Random(0).shuffle(batches)
    for batch in batches:
        ids, mask = padded(batch, len(batch[-1]))
        yield {"words": unpacked(packed.words[ids]), "mask": mask}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
