"""What the program itself finds for a question, before any judge: what its judge must tell apart.

A sentence that shares words with a question is seldom as tempting as one of the right report, with
a date where a date is asked for. So each question is put to an archive of its set, and the first
sentences found there that are not known to answer are false examples.
"""

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from rag.answer import Assistant
from rag.config import Settings, read_settings
from rag.embed import SentenceEmbeddings
from rag.index import sync
from rag.judge.judge import Judged
from rag.judge.window import Sentence
from rag.question import understood
from rag.store import Store
from training.examples import HERE, PUBLIC, Example, groups_of, is_held_out, rows


class CachedEmbeddings(SentenceEmbeddings):
    """Remembers vectors: the same sentences come up for many questions."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._known: dict[str, list[float]] = {}

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known |= dict(zip(new, super().embed_documents(new), strict=True))
        return [self._known[text] for text in texts]


def public_archive(folder: Path, name: str, into: Path, of: Container[str] | None = None) -> Path:
    """Write each paragraph of a set, or those whose ids are given, as a report of its own."""
    into.mkdir()
    for row in rows(folder / f"{name}.passages.jsonl"):
        if of is not None and row["id"] not in of:
            continue
        title = row.get("title") or row["id"]
        (into / f"{row['id']}.md").write_text(f"---\ntitle: {title}\n---\n{row['text']}")
    return into


def found(examples: Sequence[Example], public: Path, most: int) -> Iterator[Example]:
    """Yield for each question of a set at most `most` sentences not known to answer it.

    What is trained on and what is kept apart are two archives.
    """
    embeddings = CachedEmbeddings(read_settings())
    for held_out in (False, True):
        asked: dict[str, list[Example]] = defaultdict(list)
        for example in examples:
            if example.held_out == held_out:
                asked[example.question].append(example)
        with tempfile.TemporaryDirectory() as work:
            archive, groups = _archive(examples[0].origin, public, Path(work), held_out)
            store = Store(f"{work}/index", embeddings.name, create=True)
            sync([archive], store, embeddings)
            finder = _Finder(store, embeddings, groups)
            for mine in asked.values():
                yield from finder.beside(mine, most)


def _archive(origin: str, public: Path, work: Path, held_out: bool) -> tuple[Path, dict[str, str]]:
    """Return the folder of the set's reports of that side, and by source their groups."""
    folder = work / "archive"
    if origin in PUBLIC:
        known = groups_of(public, origin)
        groups = {one: group for one, group in known.items() if is_held_out(group) == held_out}
        archive = public_archive(public, origin, folder, groups)
        return archive, {f"{one}.md": group for one, group in groups.items()}
    folder.mkdir()
    paths = [one for one in (HERE / "reports").glob("*.txt") if is_held_out(one.name) == held_out]
    for path in paths:
        shutil.copy(path, folder)
    return folder, {path.name: path.name for path in paths}


class _Finder:
    """Asks one archive; the sentences come as a judge is given them."""

    def __init__(
        self, store: Store, embeddings: CachedEmbeddings, groups: Mapping[str, str]
    ) -> None:
        self._read: list[Sentence] = []
        self._groups = groups
        self._chain = Assistant(store, embeddings, judge=lambda: self._listening).chain()

    def _listening(self, _: str, __: str, sentences: Sequence[Sentence]) -> list[Judged]:
        self._read = list(sentences)
        return [Judged(0.0, 0.0, None)] * len(sentences)

    def beside(self, mine: Sequence[Example], most: int) -> Iterator[Example]:
        """Yield examples beside `mine`, which are all known ones of a question."""
        first = mine[0]
        self._read = []
        ranked = self._chain.invoke({"query": understood(first.question)})["candidates"]
        beside = (
            sentence
            for candidate, sentence in zip(ranked, self._read, strict=False)
            if not _may_answer(sentence.text, self._groups[candidate.passage.source], mine)
        )
        for sentence in islice(beside, most):
            yield replace(first, sentence=sentence, answers=False, short=None, kind="found")


def _may_answer(text: str, group: str, mine: Sequence[Example]) -> bool:
    """Whether it is known, says the short answer, or may tell again what has none."""
    if any(example.sentence.text == text for example in mine):
        return True
    for example in (one for one in mine if one.answers):
        if example.short is None:
            if example.group == group:
                return True
        elif example.sentence.text[slice(*example.short)].lower() in text.lower():
            return True
    return False
