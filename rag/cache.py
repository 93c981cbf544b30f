"""Folders that are made once, in the user's cache, and from then on only read."""

import json
import shutil
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from rag.errors import NotStored

_MANIFEST = "complete.json"


def made_once(folder: Path, make: Callable[[Path], None], *, megabytes: int) -> Path:
    """Return `folder` with what `make` writes into it; `make` is called only if it must be.

    Made under another name and renamed when it is whole: one that was killed leaves nothing that
    could be taken for the folder. Of two processes, one makes it and the other waits. A folder
    whose files are not, to the last bit, those that were written is made again.

    :raises NotStored: the cache cannot be written.
    """
    if is_whole(folder):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.parent / f"{folder.name}.lock"):
            if not is_whole(folder):
                _make(folder, make)
    except OSError as error:
        raise NotStored(
            str(folder.parent),
            error.strerror or str(error),
            f"The model needs {megabytes} MB there. Make room, or name another folder in "
            "SOURCIER_CACHE, and run the command again.",
        ) from None
    return folder


def is_whole(folder: Path) -> bool:
    """Whether every file is there and is the one that was written (about 2 GB/s)."""
    try:
        files = json.loads((folder / _MANIFEST).read_text())
        return bool(files) and all(
            (folder / name).stat().st_size == size and _checksum(folder / name) == checksum
            for name, (size, checksum) in files.items()
        )
    except (OSError, ValueError, AttributeError, TypeError):
        return False


def _make(folder: Path, make: Callable[[Path], None]) -> None:
    for left_over in folder.parent.glob(f".{folder.name}-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        make(partial)
        files = [path for path in partial.rglob("*") if path.is_file()]
        manifest = {
            path.relative_to(partial).as_posix(): (path.stat().st_size, _checksum(path))
            for path in files
        }
        (partial / _MANIFEST).write_text(json.dumps(manifest))
        partial.chmod(0o755)  # mkdtemp's would shut out those who share the cache
        if folder.is_dir():
            shutil.rmtree(folder, ignore_errors=True)
        else:
            folder.unlink(missing_ok=True)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _checksum(path: Path) -> int:
    """CRC-32: it tells of a bad disk or a hasty hand, and is read at every start."""
    checksum = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            checksum = zlib.crc32(block, checksum)
    return checksum
