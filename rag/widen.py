"""A hit with its neighbours: the passages of its report that stand before it and after it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from rag.records import Passage, ScoredPassage
from rag.store import Store


def widened(ranking: Sequence[ScoredPassage], store: Store, by: int) -> list[ScoredPassage]:
    """Return each passage joined with up to `by` neighbours on either side, as one slice (law 2).

    What stands already in a better one is left out.
    """
    reports: dict[str, list[Passage]] = defaultdict(list)
    sources = list(dict.fromkeys(scored.passage.source for scored in ranking))
    for passage in store.passages_of(sources) if sources else ():
        reports[passage.source].append(passage)
    kept: list[ScoredPassage] = []
    for scored in ranking:
        if not any(one.passage.contains(scored.passage) for one in kept):
            wide = _joined(scored.passage, reports[scored.passage.source], by)
            kept.append(replace(scored, passage=wide))
    return kept


def _joined(passage: Passage, report: Sequence[Passage], by: int) -> Passage:
    starts, ends = ({getattr(one, at): one for one in report} for at in ("start", "end"))
    together = [passage]
    for _ in range(by):
        together = [
            *_alike(ends.get(together[0].start), passage),
            *together,
            *_alike(starts.get(together[-1].end), passage),
        ]
    return replace(
        together[0],
        text="".join(one.text for one in together),
        moments=tuple(moment for one in together for moment in one.moments),
    )


def _alike(neighbour: Passage | None, passage: Passage) -> list[Passage]:
    """A teaser tells of another report: it is never joined with the body above."""
    return [neighbour] if neighbour and neighbour.kind == passage.kind else []
