"""What a reader finds in a file: reports, problems, files within the file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from rag.records import Document, Problem


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
