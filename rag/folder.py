"""Folder -> the files in it that may hold reports, and why the others do not."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.errors import NothingToIndex
from rag.load import READERS, no_report
from rag.records import Problem


@dataclass(frozen=True, slots=True)
class File:
    """A file that may hold reports, known by its path below the folder that was named."""

    path: Path
    source: str
    root: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What was found below the paths that were named; nothing is left out."""

    files: Sequence[File]
    problems: Sequence[Problem]
    roots: frozenset[str]
    """The folders that were named, and therefore looked through whole."""

    def covers(self, root: str, file: str) -> bool:
        """Whether that file would have been found if it were there.

        What lies in a folder that could not be looked into is not known to have vanished.
        """
        closed = tuple(p.source for p in self.problems if p.source.endswith("/"))
        return root in self.roots and not file.startswith(closed)


def contents(paths: Sequence[Path]) -> Contents:
    """Return the files of all `paths`, each once.

    :raises NothingToIndex: a path does not exist or holds no report.
    """
    problems: list[Problem] = []
    found = [file for path in paths for file in _files(path, problems)]
    return Contents(
        files=list({(file.root, file.source): file for file in found}.values()),
        problems=list(dict.fromkeys(problems)),
        roots=frozenset(str(path.resolve()) for path in paths if path.is_dir()),
    )


def _files(path: Path, problems: list[Problem]) -> list[File]:
    if reason := _out_of_reach(path):
        raise NothingToIndex(
            f"{reason}. Name the folder that holds the reports: `sourcier index FOLDER`."
        )
    root = path if path.is_dir() else path.parent
    found = []

    def unreadable(error: OSError) -> None:
        below = Path(str(error.filename)).relative_to(root).as_posix()
        problems.append(Problem(f"{below}/", error.strerror or str(error)))

    for file in files_in(path, unreadable) if path.is_dir() else [path]:
        source = file.relative_to(root).as_posix()
        if reason := _unfit(file, root):
            problems.append(Problem(_shown(source), reason, "skipped"))
        elif _shown(source) != source:
            problems.append(Problem(_shown(source), "its name is not valid UTF-8; rename it"))
        else:
            found.append(File(file, source, str(root.resolve())))
    if not found:
        raise NothingToIndex(
            f"{str(path)!r} holds no report ({len(problems)} other files). Put "
            f"{', '.join(sorted(READERS))} files there and run `sourcier index {path}` again."
        )
    return found


def _out_of_reach(path: Path) -> str | None:
    try:
        return None if path.exists() else f"There is no file or folder {str(path)!r}"
    except OSError as error:
        return f"{str(path)!r} cannot be looked at ({error.strerror or error})"


def _shown(source: str) -> str:
    return source.encode("utf-8", "replace").decode()


def _unfit(path: Path, root: Path) -> str | None:
    """Return why a file is not looked into, if it is not.

    Where the disk does not tell what it is, it is looked into: passed over, it would be taken for
    vanished.
    """
    try:
        if path.is_symlink() and path.is_dir():
            return "a link to a folder; name that folder itself"
        if path.exists() and not path.is_file():
            return "not a regular file"
        if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
            return "a link out of the folder"
    except OSError:
        pass
    except RuntimeError:  # pathlib's own, until Python 3.13
        return "a link to itself"
    return no_report(path.name)


def files_in(
    folder: Path, unreadable: Callable[[OSError], None] = lambda error: None
) -> Iterator[Path]:
    """Yield every visible file under `folder`, sorted; links to folders, which are not followed.

    `unreadable` is told of each folder that cannot be looked into.
    """
    for where, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        links = [name for name in folders if Path(where, name).is_symlink()]
        shown = sorted(name for name in (*names, *links) if not name.startswith("."))
        yield from (Path(where, name) for name in shown)
