"""How a namespace is searched by words: synonyms, stop words, and what a query shows first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

from retrieval.documents import check_known_id
from retrieval.errors import InvalidSettings
from retrieval.words.folding import folded
from retrieval.words.terms import query_terms

MOST_SYNONYMS = 500
MOST_OF_A_GROUP = 20
MOST_STOP_WORDS = 500
MOST_PINS = 500
MOST_PINNED = 20
MOST_CHARACTERS = 64
MOST_QUERY_CHARACTERS = 200
MOST_BYTES = 65_536
"""They stand in the manifest of every version of the namespace."""


@dataclass(frozen=True, slots=True)
class PinnedQuery:
    """What stands first for a query, in this order."""

    query: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamespaceSettings:
    """As they were given; nothing of it changes what is stored of documents."""

    synonyms: tuple[tuple[str, ...], ...] = ()
    """Groups of words each of which counts for every other."""
    one_way_synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By a word those that count for it, though it does not count for them."""
    stop_words: tuple[str, ...] = ()
    """Words that are left out of queries which have others."""
    pins: tuple[PinnedQuery, ...] = ()

    @property
    def digest(self) -> str:
        """Return what tells these settings from others."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:32]

    def to_json(self) -> str:
        """Return them as they are stored."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> NamespaceSettings:
        """Return what ``to_json`` was made of."""
        said: dict[str, Any] = json.loads(text)
        return cls(
            tuple(tuple(group) for group in said["synonyms"]),
            {word: tuple(others) for word, others in said["one_way_synonyms"].items()},
            tuple(said["stop_words"]),
            tuple(PinnedQuery(pin["query"], tuple(pin["ids"])) for pin in said["pins"]),
        )


NO_SETTINGS = NamespaceSettings()


def check_settings(settings: NamespaceSettings) -> NamespaceSettings:
    """Return settings that can be kept.

    Raises:
        InvalidSettings: A word is none or several, one of them stands twice, there are too many.
    """
    _count(settings.synonyms, MOST_SYNONYMS, "synonyms")
    _count(settings.one_way_synonyms, MOST_SYNONYMS, "one_way_synonyms")
    _count(settings.stop_words, MOST_STOP_WORDS, "stop_words")
    _count(settings.pins, MOST_PINS, "pins")
    for number, group in enumerate(settings.synonyms):
        place = f"synonyms.{number}"
        _count(group, MOST_OF_A_GROUP, place)
        if len(_terms(group, place)) < 2:
            raise InvalidSettings("a group of synonyms has at least two words", place)
    _terms(settings.one_way_synonyms, "one_way_synonyms")
    for word, others in settings.one_way_synonyms.items():
        place = f"one_way_synonyms.{word}"
        _count(others, MOST_OF_A_GROUP, place)
        if not others or _term(word, place) in _terms(others, place):
            raise InvalidSettings("a word needs others that count for it", place)
    _terms(settings.stop_words, "stop_words")
    _check_pins(settings.pins)
    if len(settings.to_json().encode()) > MOST_BYTES:
        raise InvalidSettings(f"settings take at most {MOST_BYTES} bytes as JSON", "")
    return settings


def _check_pins(pins: Sequence[PinnedQuery]) -> None:
    seen: set[tuple[str, ...]] = set()
    for number, pin in enumerate(pins):
        place = f"pins.{number}"
        _count(pin.ids, MOST_PINNED, f"{place}.ids")
        if not pin.ids or len(set(pin.ids)) < len(pin.ids):
            raise InvalidSettings("a pin has ids, each once", f"{place}.ids")
        for at, id in enumerate(pin.ids):
            try:
                check_known_id(id)
            except ValueError as error:
                raise InvalidSettings(str(error), f"{place}.ids.{at}") from None
        if len(pin.query) > MOST_QUERY_CHARACTERS or not (key := _key(pin.query)):
            raise InvalidSettings(
                f"a pin's query has words, at most {MOST_QUERY_CHARACTERS} characters",
                f"{place}.query",
            )
        if key in seen:
            raise InvalidSettings("two pins are for the same words", f"{place}.query")
        seen.add(key)


def _count(what: Sequence[object] | Mapping[str, object], most: int, place: str) -> None:
    if len(what) > most:
        raise InvalidSettings(f"{place} has {len(what)} entries, at most {most}", place)


def _terms(words: Iterable[str], place: str) -> set[str]:
    """Return the terms of words, each of another one."""
    found: set[str] = set()
    for number, word in enumerate(words):
        term = _term(word, f"{place}.{number}")
        if term in found:
            raise InvalidSettings(f"{word!r} stands there already, or its stem does", place)
        found.add(term)
    return found


def _term(word: str, place: str) -> str:
    terms = query_terms(word) if len(word) <= MOST_CHARACTERS else []
    if len(terms) != 1 or len(word.split()) != 1:
        raise InvalidSettings(
            f"{word!r:.80} is not one word of at most {MOST_CHARACTERS} characters", place
        )
    return terms[0]


def _key(query: str) -> tuple[str, ...]:
    return tuple(query_terms(folded(query)))


@dataclass(frozen=True, slots=True)
class _Compiled:
    others: Mapping[str, tuple[tuple[str, str], ...]]
    """By a term the terms that count for it, each with its word."""
    stop: frozenset[str]
    pinned: Mapping[tuple[str, ...], tuple[str, ...]]


@lru_cache(maxsize=1024)
def _compiled(text: str) -> _Compiled:
    settings = NamespaceSettings.from_json(text)
    others: dict[str, dict[str, str]] = {}
    for group in settings.synonyms:
        terms = {_term(word, ""): word for word in group}
        for term in terms:
            more = {other: word for other, word in terms.items() if other != term}
            others.setdefault(term, {}).update(more)
    for word, more_words in settings.one_way_synonyms.items():
        more = {_term(other, ""): other for other in more_words}
        others.setdefault(_term(word, ""), {}).update(more)
    return _Compiled(
        {term: tuple(more.items()) for term, more in others.items()},
        frozenset(_term(word, "") for word in settings.stop_words),
        {_key(pin.query): pin.ids for pin in settings.pins},
    )


@dataclass(frozen=True, slots=True)
class AppliedSettings:
    """What a namespace's settings do to one query."""

    terms: tuple[str, ...] | None = None
    """Those of the query that are left, None where all of them are."""
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By a term of the query those that count for it."""
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The same in words, to be told."""
    left_out: tuple[str, ...] = ()
    """Stop words of the settings that the query had."""
    pinned: tuple[str, ...] = ()
    """Ids that stand first."""


NOTHING_APPLIED = AppliedSettings()


def applied(stored: str, query: str | None) -> AppliedSettings:
    """Return what settings do to the words of a query.

    A synonym's synonyms do not count: one step is taken, and circles lead nowhere.

    Args:
        stored: ``NamespaceSettings.to_json``; empty where there are none.
    """
    if not stored or query is None:
        return NOTHING_APPLIED
    compiled = _compiled(stored)
    asked = query_terms(query)
    kept = tuple(term for term in asked if term not in compiled.stop)
    left_out = tuple(term for term in asked if term in compiled.stop) if kept else ()
    terms = kept or tuple(asked)
    known = {term: compiled.others[term] for term in terms if term in compiled.others}
    return AppliedSettings(
        terms if left_out else None,
        {term: tuple(other for other, _ in more) for term, more in known.items()},
        {term: tuple(word for _, word in more) for term, more in known.items()},
        left_out,
        compiled.pinned.get(_key(query), ()),
    )
