"""The word index: passages by the words they share with a question (BM25).

Tantivy keeps it, in a folder or in memory, and updates it in place. Words are compared as
everywhere (`rag.searched`): glued ones apart, accents folded, stemmed by the language of the
report, names and numbers whole.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from rag.errors import WordsDamaged
from rag.question import Query, Term
from rag.records import Passage, source_of
from rag.searched import words
from rag.words import FUNCTION_WORDS, language_to_compare, stem

LAYOUT = "2"
"""Raise it when what is kept of a passage changes: an older word index is made again."""

_MOST_NAMED = 3000
"""Reports that are named in a search: it takes 10 ms of these, and 70 of 30,000."""

_MEMORY = 64_000_000
"""Bytes that tantivy may fill before it writes a segment; it takes no less than 15 MB."""


class WordIndex:
    """The words of passages, in `folder` or, without one, in memory.

    >>> index = WordIndex()
    >>> index.change((), [Passage("a.txt", 0, "Le pont mesure 412 mètres.")])
    >>> index.best(understood("Combien mesure le pont ?"), 50)
    ['a.txt:0-26']

    :raises OSError: the folder cannot be written, ValueError: what is there is no such index.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        if folder is None:
            self._index = _tantivy().Index(_schema())
        else:
            folder.mkdir(parents=True, exist_ok=True)
            self._index = _tantivy().Index(_schema(), path=str(folder))

    def change(self, gone: Iterable[str] | None, added: Iterable[Passage]) -> None:
        """Forget the passages of the reports `gone`, or all for None; then take those `added`.

        Killed before its end it has done nothing.

        :raises BlockingIOError: another process is changing it.
        :raises ValueError: the disk is full.
        """
        try:
            writer = self._index.writer(_MEMORY, 1)
        except ValueError as error:
            raise BlockingIOError(str(error)) from None
        try:
            if gone is None:
                writer.delete_all_documents()
            for source in gone or ():
                writer.delete_documents_by_term("source", source)
            for passage in added:
                writer.add_document(_document(passage))
            writer.commit()
            writer.wait_merging_threads()
        finally:
            del writer  # or an error that is kept would keep it, and nobody else could write
        self.reload()

    def rarity(self, terms: Sequence[Term], language: str) -> dict[Term, float]:
        """Return the idf of each term (Robertson, 2004), as reports of `language` say it.

        A term is as common as the commonest of its forms, a form as the rarest of its words. Until
        tantivy merges its segments, a passage that was deleted still counts as saying a word.
        """
        searcher = self._index.searcher()
        total = searcher.num_docs
        said = {
            term: max(
                min(searcher.doc_freq(language, part) for part in form) for form in term.forms
            )
            for term in terms
        }
        return {
            term: math.log(1 + (max(0, total - n) + 0.5) / (n + 0.5)) for term, n in said.items()
        }

    def said(self, ids: Collection[str]) -> dict[str, frozenset[str]]:
        """Return the stems that each of these passages says with its heading; of those it holds.

        They are read in a tenth of the time that stemming takes.

        :raises WordsDamaged: something else wrote into its files.
        """
        _, found = self._found(self._only("id", ids), len(ids))
        return {
            one["id"][0]: frozenset(
                word
                for language in FUNCTION_WORDS
                for text in one[language]
                for word in text.split()
            )
            for one in found
        }

    @property
    def count(self) -> int:
        """The passages it holds."""
        return int(self._index.searcher().num_docs)

    def reload(self) -> None:
        """Read what another process has changed."""
        self._index.reload()

    def best(
        self,
        query: Query,
        top: int,
        *,
        sources: Collection[str] | None = None,
        kind: str | None = None,
    ) -> list[str]:
        """Return the ids of the `top` passages that say most of `query`, best first.

        BM25 as Robertson and Zaragoza (2009) give it, with Lucene's k1 = 1.2 and b = 0.75.
        `sources` and `kind`, where given, are the only reports and passages looked at.

        :raises WordsDamaged: something else wrote into its files.
        """
        asked = self._asked(query)
        if kind is not None:
            asked = _both(self._only("kind", [kind]), asked)
        if sources is not None and len(sources) <= _MOST_NAMED:
            asked, sources = _both(self._only("source", sources), asked), None
        # Naming more takes longer than passing over what is not among them.
        wanted = None if sources is None else frozenset(sources)
        looked_at = top if wanted is None else 100 * top
        while True:
            count, found = self._found(asked, looked_at)
            ids = (one["id"][0] for one in found)
            kept = (one for one in ids if wanted is None or source_of(one) in wanted)
            best = list(islice(kept, top))
            if len(best) == top or count < looked_at:
                return best
            looked_at *= 10

    def _found(self, asked: Any, top: int) -> tuple[int, Iterator[Any]]:
        """Return how many passages fit, `top` at the most; and them, read one by one, best first.

        Of what is read a thousand take 10 ms, and of what fits 1.
        """
        searcher = self._index.searcher()
        with self._translated():
            hits = searcher.search(asked, limit=max(1, top), count=False).hits[:top]
        return len(hits), self._read(searcher, hits)

    def _read(self, searcher: Any, hits: Sequence[Any]) -> Iterator[Any]:
        for _, address in hits:
            with self._translated():
                found = searcher.doc(address)
            yield found

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except ValueError as error:
            raise WordsDamaged(str(self._folder), str(error)) from None

    def _only(self, name: str, values: Collection[str]) -> Any:
        query = _tantivy().Query
        only = query.term_set_query(self._index.schema, name, list(values))
        return query.const_score_query(only, 0.0)

    def _asked(self, query: Query) -> Any:
        """Any term, each in the language of the report; of its forms the one that fits best.

        To a report of another language a question says only what crosses languages: its names and
        numbers, and what the glossary knows.
        """
        t = _tantivy()
        terms = [
            (t.Occur.Should, self._term(term, language))
            for language in FUNCTION_WORDS
            for term in query.terms(language)
        ]
        return t.Query.boolean_query(terms) if terms else t.Query.empty_query()

    def _term(self, term: Term, language: str) -> Any:
        t, schema = _tantivy(), self._index.schema
        forms = [
            t.Query.boolean_query(
                [
                    (t.Occur.Must, t.Query.term_query(schema, language, part, "freq"))
                    for part in form
                ]
            )
            for form in term.forms
        ]
        return t.Query.disjunction_max_query(forms)


def _both(one: Any, other: Any) -> Any:
    must = _tantivy().Occur.Must
    return _tantivy().Query.boolean_query([(must, one), (must, other)])


def _document(passage: Passage) -> Any:
    language = language_to_compare(passage.language, passage.text)
    said = (stem(word, language) for word in words(f"{passage.heading} {passage.text}"))
    return _tantivy().Document(
        id=passage.id, source=passage.source, kind=passage.kind, **{language: " ".join(said)}
    )


def _schema() -> Any:
    builder = _tantivy().SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("source", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("kind", tokenizer_name="raw", index_option="basic")
    for language in FUNCTION_WORDS:  # stems have no blanks within
        builder.add_text_field(
            language, stored=True, tokenizer_name="whitespace", index_option="freq"
        )
    return builder.build()


def _tantivy() -> Any:
    import tantivy

    return tantivy
