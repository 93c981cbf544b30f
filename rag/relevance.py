"""Which sentences answer a question, and whether any does.

Two small models with readable weights, fitted on public questions as `benchmarks/fit_relevance.py`
does (PIAF, a sixth of it without an answer), rounded, one of them set by hand; `eval/README.md`
says which, with their figures. No single feature would do: the cosines of the default model lie
between 0.80 and 0.90 for right and wrong answers alike, and words alone miss every paraphrase.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from langchain_core.embeddings import Embeddings

from rag.asked import short_answers
from rag.judge.judge import Judged
from rag.judge.window import Sentence
from rag.question import Query, Term, is_said, share_said
from rag.records import Passage, Quote, ScoredPassage
from rag.searched import search_form, stems
from rag.sentences import boundaries
from rag.words import language_to_compare

READ = 6
"""Passages whose sentences are looked at: a seventh holds the answer in 2 % of the questions."""

EMBEDDED = 12
"""Sentences of those that are embedded: those that stand highest without it. Embedding is what a
question waits for, and the thirteenth was never the best (`eval/README.md`)."""

JUDGED = 6
"""Sentences of those that the judge reads, where there is one: more gained nothing on dev."""

LEAST_SURE = 0.15
"""Of the judge's probability: below it a sentence is a doubtful answer. It is said to be one, and
must have what is asked for."""

SECOND_HAND = 0.9
"""Taken from the score of a caption or a teaser: they tell what another text tells in full."""

_SHORTEST = 25

_TOLD = 0.6
"""Share of the words of a passage that, in a reprint of its report, tell the same."""


Judging = Callable[[str, str, Sequence[Sentence]], Sequence[Judged]]
"""`rag.judge.judge.Judge`: question, language, sentences -> what it says of each."""


@dataclass(frozen=True, slots=True)
class Features:
    """What is compared between a question and a sentence in its place.

    All lie within 0 and 1 but for the score of a passage, which dates may raise by a fifth.
    """

    said: float
    """Share of the question's terms that the sentence says, the rare ones counting for more."""
    said_around: float
    """The same for the sentence with the one before it, the title and the date."""
    sentence_cosine: float
    """Of the sentence with the one before it below the title: « Elle mesure 180 km » needs them."""
    passage_cosine: float
    passage_score: float
    """Of its passage in the ranking, whatever put it there: words, meaning, dates."""
    holds_asked: float
    """How well what it holds is of the kind asked for; 0.5 if that kind is not known."""
    names_missing: float
    """Share of the names and numbers of the question that its passage does not have."""
    passage_said: float
    """Share of the question's terms that its passage says, as `said`."""
    common_said: float
    """The same of its terms that are no names, each counting alike; 0.5 if there are none."""
    known: float = 1.0
    """Share of what the question speaks of that has a term in the language of the sentence."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer, as a quote, in its passage."""

    quote: Quote
    passage: Passage
    features: Features
    before: int | None = None
    """Where the sentence before it begins in the report, if one stands there in its passage."""
    judged: Judged | None = None
    """What the judge says of it, where there is one and it was among the first."""
    relevance: float = 0.0
    """By the judge; of a sentence that it did not read, the least of those that it did."""

    @property
    def score(self) -> float:
        """How well it answers beside the others: a conditional logit (McFadden, 1974).

        Of two sentences one with a score of 0.7 more is twice as likely to be the one that answers.
        What has no term in the language of the sentence counts as not said: two words of nine, the
        only ones that the glossary knows, tell less than nine would.
        """
        return self._fit(self.features.known) + self.relevance

    @property
    def is_doubted(self) -> bool:
        return self.judged is not None and self.judged.probability < LEAST_SURE

    def _fit(self, known: float) -> float:
        f = self.features
        return (
            known * (3.0 * f.said + 1.5 * f.said_around)
            + 42.0 * f.sentence_cosine
            + 8.3 * f.passage_score
            + 2.4 * f.holds_asked
            - (SECOND_HAND if self.passage.kind != "body" else 0.0)
        )

    def compared(self, cosine: float) -> "Candidate":
        """Return it with the cosine of its vector and the question's."""
        return replace(self, features=replace(self.features, sentence_cosine=cosine))

    @property
    def answers(self) -> float:
        """The probability, by logistic regression, that the archive answers if this is its best.

        Here a question is not held less likely for being in another language.
        """
        f = self.features
        log_odds = (
            -57.1
            + 0.31 * self._fit(known=1.0)
            + 51.4 * f.sentence_cosine
            + 4.1 * f.passage_said
            - 1.9 * f.names_missing
            + 1.0 * f.common_said
        )
        return 1 / (1 + math.exp(-log_odds))


def told_once(
    ranking: Sequence[ScoredPassage], reprints: Mapping[str, Sequence[str]]
) -> list[ScoredPassage]:
    """Return the ranking without what a better passage, of a reprint of the report, told already.

    Five reprints of a dispatch would else be all that is read.
    """
    kept: list[ScoredPassage] = []
    for scored in ranking:
        others = reprints.get(scored.passage.source, ())
        if not any(
            one.passage.source in others and _tells(one.passage, scored.passage) for one in kept
        ):
            kept.append(scored)
    return kept


def _tells(one: Passage, other: Passage) -> bool:
    if one.source == other.source:
        return False
    language = language_to_compare(other.language, other.text)
    said = stems(other.text, language)
    return len(said & stems(one.text, language)) >= _TOLD * len(said)


def candidates(
    query: Query,
    ranking: Sequence[ScoredPassage],
    embeddings: Embeddings,
    judge: Judging | None = None,
) -> list[Candidate]:
    """Return the sentences of the best passages, the likeliest answer first.

    A `judge` reads the first `JUDGED` of them again, each with the question.
    """
    rarity = _rarity(query, ranking)
    read = [
        (Candidate(place.quote, place.passage, _features(place, query), place.begins), place)
        for scored in ranking[:READ]
        for place in _places(scored, query, rarity)
    ]
    likeliest = sorted(read, key=lambda one: -one[0].score)[:EMBEDDED]
    if not likeliest:
        return []
    question = embeddings.embed_query(query.text)
    vectors = embeddings.embed_documents([place.in_context for _, place in likeliest])
    found = [
        (candidate.compared(_dot(question, vector)), place)
        for (candidate, place), vector in zip(likeliest, vectors, strict=True)
    ]
    found.sort(key=lambda one: -one[0].score)
    if judge is None:
        return [candidate for candidate, _ in found]
    return _judged(query, found, judge)


def _judged(
    query: Query, found: Sequence[tuple[Candidate, "_Place"]], judge: Judging
) -> list[Candidate]:
    """Return the candidates, the likeliest answer first, with what the judge says of the first."""
    first = found[:JUDGED]
    said = judge(query.text, query.language, [place.read for _, place in first])
    least = min(one.relevance for one in said)
    told = [
        replace(candidate, judged=of, relevance=of.relevance if of else least)
        for (candidate, _), of in zip_longest(found, said)
    ]
    return sorted(told, key=lambda one: -one.score)


@dataclass(frozen=True, slots=True)
class _Place:
    """A sentence and what stands around it."""

    quote: Quote
    passage: Passage
    passage_cosine: float
    passage_score: float
    before: str
    after: str
    begins: int | None
    terms: Sequence[Term]
    rarity: Mapping[Term, float]
    language: str

    @property
    def in_context(self) -> str:
        told = f"{self.passage.heading}\n{self.before} {self.quote.text}"
        return search_form(told.strip()).text

    @property
    def read(self) -> Sentence:
        """What the judge reads."""
        return Sentence(self.quote.text, self.passage.heading, self.before, self.after)


def _rarity(query: Query, ranking: Sequence[ScoredPassage]) -> dict[str, dict[Term, float]]:
    """Return how few of the passages found say each term of the question (Robertson's idf).

    By the language of the passages: « Laos » stands in all of the French ones, and in one other.
    Counted over the ranking, not the archive: what all of them say tells none from the other.
    """
    said: dict[str, list[frozenset[str]]] = defaultdict(list)
    for passage in (scored.passage for scored in ranking):
        language = language_to_compare(passage.language, passage.text)
        said[language].append(stems(f"{passage.heading} {passage.text}", language))
    return {
        language: {
            term: math.log(1 + (len(told) + 0.5) / (sum(is_said(term, one) for one in told) + 0.5))
            for term in query.terms(language)
        }
        for language, told in said.items()
    }


def _places(
    scored: ScoredPassage, query: Query, rarity: Mapping[str, Mapping[Term, float]]
) -> Iterator[_Place]:
    passage = scored.passage
    language = language_to_compare(passage.language, passage.text)
    terms = query.terms(language)
    before, begins = "", None
    places = list(boundaries(passage.text, language))
    for (start, end), following in zip(places, [*places[1:], (0, 0)], strict=True):
        sentence = passage.text[start:end]
        quote = _trimmed(passage, start, sentence)
        if len(quote.text) >= _SHORTEST:
            weights = rarity[language]
            yield _Place(
                quote,
                passage,
                scored.cosine,
                scored.score,
                before,
                passage.text[slice(*following)].strip(),
                begins,
                terms,
                weights,
                language,
            )
        before, begins = sentence.strip(), quote.start


def _trimmed(passage: Passage, start: int, sentence: str) -> Quote:
    lead = len(sentence) - len(sentence.lstrip())
    return Quote(passage.source, passage.start + start + lead, sentence.strip())


def _features(place: _Place, query: Query) -> Features:
    """Return all but the cosine of the sentence, which costs a hundred times as much."""
    said = stems(place.quote.text, place.language)
    around = said | stems(f"{place.passage.heading} {place.before}", place.language)
    passage = around | stems(place.passage.text, place.language)
    named = [term for term in place.terms if term.named]
    common = [term for term in place.terms if not term.named]
    holds = 0.5
    if query.asked:
        found = short_answers(
            query.asked, query.text, place.quote.text, place.language, place.before
        )
        holds = max((one.fit for one in found), default=0.0)
    return Features(
        said=share_said(place.terms, said, if_none=0.0, weights=place.rarity),
        said_around=share_said(place.terms, around, if_none=0.0, weights=place.rarity),
        sentence_cosine=0.0,
        passage_cosine=place.passage_cosine,
        passage_score=place.passage_score,
        holds_asked=holds,
        names_missing=1 - share_said(named, passage, if_none=1.0),
        passage_said=share_said(place.terms, passage, if_none=0.0, weights=place.rarity),
        common_said=share_said(common, passage, if_none=0.5),
        known=query.share_known(place.language),
    )


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(one, other, strict=True))
