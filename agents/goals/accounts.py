"""What became of each content word of a goal: nothing that was said vanishes without a word.

Words of courtesy and of grammar say nothing of what is wanted and are left out. The rest was
understood, is only searched for, or is ignored: then it is said why.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from agents.goals.clauses import ARTICLES, COUNTS, NEGATIONS, QUANTIFIERS, meant_for
from agents.goals.parts import GoalParts
from agents.goals.reading import GoalCondition, Reading, WordAccount, WordSpan
from agents.lexicon.courtesy import COURTESY
from agents.lexicon.field_names import FieldName, field_names
from agents.lexicon.roles import ASKED
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import Word, is_stop, stems

_GRAMMAR = (
    COURTESY
    | ARTICLES
    | QUANTIFIERS
    | frozenset(
        """exist exists among across per via set pair couple else either neither nor rather instead
        than whose else's using also total together combined cost costs costing priced number
        available different first rather instead apart aside free solely merely simply exclusively
        sorted ordered ranked rank sort order times made comes sold offered which what top whatever
        regardless""".split()
    )
)
_PLACES = frozenset(
    "near nearby beside close behind opposite about like similar against between most".split()
)
"""Words of relation that are stop words elsewhere; alone they ask for something."""
UNKNOWN = "no document says it"
UNJOINED = "what it leaves the choice of was not understood"
UNUSED = "it names a field, and no condition on it was understood"


def left_out(word: Word, namespace: str) -> bool:
    """Return whether a word needs no account: courtesy, grammar, or what the namespace holds."""
    named = set(stems(namespace.replace("-", " ").replace("_", " ")))
    said = word.text.lower()
    return said in _GRAMMAR | NEGATIONS or word.stem in named or is_stop(word.text)


def accounts_of(
    reading: Reading,
    words: Sequence[Word],
    parts: GoalParts,
    facets: Sequence[GoalCondition],
    mended: Mapping[int, str],
    vocabulary: Vocabulary,
    namespace: str,
) -> tuple[WordAccount, ...]:
    """Return what became of the words of a goal, in their order."""
    found: list[tuple[WordSpan, WordAccount]] = [*_of_parts(reading, words, parts, facets, mended)]
    spoken = {at for span, _ in found for at in range(*span)}
    named = set(stems(namespace.replace("-", " ").replace("_", " ")))
    used = _used_fields(reading, vocabulary)
    for at, word in enumerate(words):
        if word.text.lower() == "or" and reading.structured and at not in spoken | parts.denied:
            account = WordAccount("ignored", word.text, "nothing", UNJOINED)
            found.append(((at, at + 1), account))
            continue
        if at in spoken or word.text.lower() in _GRAMMAR | NEGATIONS or word.stem in named:
            continue
        account = _of_word(reading, words, at, used, vocabulary, spoken)
        if account is not None:
            found.append(((at, at + 1), account))
    return tuple(account for _, account in sorted(found, key=lambda item: item[0]))


def _of_parts(
    reading: Reading,
    words: Sequence[Word],
    parts: GoalParts,
    facets: Sequence[GoalCondition],
    mended: Mapping[int, str],
) -> list[tuple[WordSpan, WordAccount]]:
    conditions = [c for slot in reading.slots for c in slot.conditions]
    found: list[tuple[WordSpan, WordAccount]] = []

    def say(span: WordSpan, meaning: str, reason: str | None = None, ignored: bool = False) -> None:
        said = reading.goal[words[span[0]].start : words[span[1] - 1].end]
        kind = "ignored" if ignored else "understood"
        found.append((span, WordAccount(kind, said, meaning, reason)))

    for span in sorted({c.span for c in conditions}):
        own = dict.fromkeys(c.said for c in conditions if c.span == span)
        right = [mended[at] for at in range(*span) if at in mended]
        reasons = [f"read as {', '.join(right)}"] if right else []
        days = {c.counted_from for c in conditions if c.span == span and c.counted_from}
        reasons += [f"counted from {day}, today in UTC" for day in sorted(days)]
        say(span, " and ".join(own), ", ".join(reasons) or None)
    told = {span for span, _ in found}
    for span in sorted({c.span for c in facets} - told):
        say(span, "nothing", "it belongs to no item", True)
    for bound in parts.bounds:
        if bound.field is None:
            say(bound.span, "nothing", bound.reason, True)
        elif bound.total and len(reading.slots) > 1:
            say(bound.span, f"total {bound.field} {bound.op} {bound.value:g}")
    for item in parts.unread_dates:
        say(item.span, "nothing", item.reason, True)
    for span in parts.comparisons.unread:
        say(span, "nothing", "what it compares with is not known", True)
    for item in parts.comparisons.rising:
        say(item.span, f"{item.low} has less {item.field} than {item.high}")
    found += _of_wishes(reading, words, parts)
    return [item for at, item in enumerate(found) if item[0] not in {s for s, _ in found[:at]}]


def _of_wishes(
    reading: Reading, words: Sequence[Word], parts: GoalParts
) -> list[tuple[WordSpan, WordAccount]]:
    found: list[tuple[WordSpan, WordAccount]] = []

    def say(span: WordSpan, meaning: str, reason: str | None = None, ignored: bool = False) -> None:
        said = reading.goal[words[span[0]].start : words[span[1] - 1].end]
        found.append(
            (span, WordAccount("ignored" if ignored else "understood", said, meaning, reason))
        )

    for link in parts.links:
        if link.field is not None and (len(reading.slots) > 1):
            say(link.span, f"{link.kind} {link.field}")
        elif link.field is None and not link.reason:
            say(link.span, "documents that differ")
        else:
            say(link.span, "nothing", link.reason or "there is one item only", True)
    order, wish = parts.order, reading.wish
    if order is not None and wish.order is not None:
        place = f", from number {wish.order.skipped + 1} on" if wish.order.skipped else ""
        down = "most" if wish.order.descending else "least"
        say(order.span, f"{wish.order.field}, {down} first{place}")
    elif order is not None:
        say(order.span, "nothing", "no field says it, or it is of several items", True)
    if parts.aggregate is not None:
        figure = parts.aggregate.aggregate
        say(parts.aggregate.span, f"{figure.op} of {figure.field or 'documents'}")
    if parts.amount is not None:
        least, most = parts.amount.least, parts.amount.most
        bounds = [f"at least {least}"] * (least is not None) + [f"at most {most}"] * (
            most is not None
        )
        say(parts.amount.span, f"{' and '.join(bounds)} documents")
    return found


def _used_fields(reading: Reading, vocabulary: Vocabulary) -> list[FieldName]:
    """Return the fields that the reading has something on: their names need no other account."""
    relations, wish = reading.relations, reading.wish
    keys = {c.field for slot in reading.slots for c in slot.conditions}
    keys |= {*relations.same, *relations.different, *relations.totals}
    keys |= {wish.order.field} if wish.order else set()
    keys |= {str(wish.aggregate.field)} if wish.aggregate else set()
    return [field for field in field_names(vocabulary) if field.filter_key in keys]


def _in_title(reading: Reading, at: int) -> bool:
    return any(start <= at < end for start, end in (entity.span for entity in reading.entities))


def _of_word(
    reading: Reading,
    words: Sequence[Word],
    at: int,
    used: Sequence[FieldName],
    vocabulary: Vocabulary,
    spoken: Collection[int],
) -> WordAccount | None:
    """Return what became of a word that no part of the reading took."""
    word = words[at]
    if word.text.lower() in COUNTS and meant_for([w.text.lower() for w in words], at):
        return WordAccount("ignored", word.text, "nothing", "no field says for how many it is")
    if word.text.lower() in COUNTS or (word.text.isdigit() and word.text in COUNTS):
        return WordAccount("understood", word.text, f"{COUNTS[word.text.lower()]} of them")
    if reading.roles.get(word.stem) == ASKED and not _in_title(reading, at):
        return WordAccount("understood", word.text, "a relation, followed in what texts tell")
    if word.text in reading.unwanted:
        known = vocabulary.frequency.get(word.stem)
        if known or not vocabulary.documents:
            return WordAccount("understood", word.text, "unwanted word")
        return WordAccount("ignored", word.text, "nothing", UNKNOWN)
    if any(field.score([word.stem]) > 0 for field in used):
        return WordAccount("understood", word.text, "the name of a field")
    if is_stop(word.text):
        topical = word.text.lower() == "about" and at + 1 in spoken
        lost = word.text.lower() in _PLACES and reading.structured and not topical
        return (
            WordAccount("ignored", word.text, "nothing", "it was not understood") if lost else None
        )
    if vocabulary.documents and not vocabulary.frequency.get(word.stem):
        return WordAccount("ignored", word.text, "nothing", UNKNOWN)
    if reading.structured and any(f.score([word.stem]) > 0 for f in field_names(vocabulary)):
        return WordAccount("ignored", word.text, "nothing", UNUSED)
    return WordAccount("searched", word.text, "a word to look for")
