"""What a reader finds in a file: reports, problems, files within the file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from rag.records import Document, Problem

# How far a file may unpack: each member of an archive, and in `rag.load` all that a file holds.
# Repetitive text shrinks to a fiftieth; what shrinks to less was made to fill a disk.
HIGHEST_RATIO = 200
# Ten times the text of a large archive.
LARGEST_CONTENTS = 20_000_000_000
# What even a small file may unpack to, in all.
ALWAYS_ALLOWED = 100_000_000


class Unreadable(ValueError):
    """Why a file is no report, in a few words. The rest of the folder goes on."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file within a file, known by its name there. It is open until the next is asked for."""

    name: str
    file: BinaryIO


Found = Document | Problem | Member
Reader = Callable[[BinaryIO, str], Iterator[Found]]
"""Takes an open file and the source its report is to be known by.

:raises Unreadable: with the reason; what was found until then counts.
"""
