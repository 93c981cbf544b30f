"""Denied, planned, of all, for a reason, as somebody says: as the quotes tell it, or not at all."""

from collections.abc import Iterator

from rag.findings import Finding
from rag.proof.pairing import Pairing


def denials(pair: Pairing) -> Iterator[Finding]:
    """What is denied must be denied in the quotes, and what is not denied must not be."""
    for place, word in enumerate(pair.statement.words):
        others = list(pair.others(place))
        if not others or word.kind == "small" or word.when is not None:
            continue
        if word.denied == 2 and not any(one.denied or one.pending for one in others):
            yield Finding("negation", word.said, others[0].said, contradicts=True)
        if not word.denied and all(one.denied == 2 and not one.affirmed for one in others):
            yield Finding("negation", word.said, others[0].said, contradicts=True)
    if pair.statement.against and not pair.source.claims.against:
        yield Finding("negation", pair.statement.against, contradicts=True)


def plans(pair: Pairing) -> Iterator[Finding]:
    """What the quotes only plan must not be told as done, nor the other way round."""
    theirs = pair.source.claims.words
    planned_parts = {one.part for one in theirs if one.unreal}
    planned = any(word.unreal for word in pair.statement.words)
    for place, word in enumerate(pair.statement.words):
        others = list(pair.others(place))
        if not others or word.kind not in ("word", "number") or word.when is not None:
            continue
        if not planned and not word.denied and all(one.unreal == 2 for one in others):
            yield Finding("modality", word.said, others[0].said, contradicts=True)
            return
        if word.unreal == 2 and not any(one.part in planned_parts or one.denied for one in others):
            yield Finding("modality", word.said, others[0].said, contradicts=True)
            return


_STRICT = ("all", "most", "none", "only", "some")


def extents(pair: Pairing) -> Iterator[Finding]:
    """« tous », « la plupart », « seul »: the quotes must say it of as many."""
    theirs = pair.source.claims.extents
    for extent in _STRICT:
        said = pair.statement.extents.get(extent)
        if said is None or extent in theirs:
            continue
        if extent == "none" and pair.source.claims.denies:
            continue
        yield Finding("quantifier", said, next(iter(theirs.values()), ""), contradicts=True)


def causes(pair: Pairing) -> Iterator[Finding]:
    """A « parce que » must be the quotes', not the model's."""
    if pair.statement.cause and not pair.source.claims.cause:
        yield Finding("cause", pair.statement.cause)


def attributions(pair: Pairing) -> Iterator[Finding]:
    """What somebody is said to have said must not be told as a fact."""
    theirs = pair.source.claims.reported
    if theirs in ("selon", "d apres", "according to", "theo") and not pair.statement.reported:
        yield Finding("attribution", "", theirs)
