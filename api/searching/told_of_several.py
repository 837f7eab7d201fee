"""What is said of a search of several namespaces, and for what their words are taken."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from retrieval.search.request import SearchResult, SearchWarning

NOTHING = "nothing_relevant"
NOTHING_RELEVANT = (
    "no hit stands out of what any of these namespaces holds on any question; min_relevance cuts"
)
WEIGHTS_DIFFER = (
    "a word weighs in each namespace by how rare it is there: scores by words are compared as they "
    "are, over {names}"
)


def words_known(results: Sequence[SearchResult]) -> set[str]:
    """Return the words that one namespace took for others while another one has them."""
    looked = [set(result.unknown) for result in results if result.unknown is not None]
    taken = {word for result in results for word in result.corrected}
    return {word for word in taken if any(word not in unknown for unknown in looked)}


def corrections(
    results: Sequence[SearchResult], known: Collection[str] = ()
) -> dict[str, list[str]]:
    """Return what words were taken for in any namespace, those of the first namespace first.

    Args:
        known: Words that are spelt right.
    """
    taken: dict[str, list[str]] = {}
    for result in results:
        for word, others in result.corrected.items():
            if word not in known:
                before = taken.setdefault(word, [])
                before += [other for other in others if other not in before]
    return taken


def told(named: Mapping[str, SearchResult], is_cut: bool) -> Iterator[SearchWarning]:
    """Return the warnings of all namespaces, each once, with the names of those that it is of.

    That nothing is relevant is said only where it is so everywhere.

    Args:
        named: What was found in each.
        is_cut: Hits of less relevance were left out.
    """
    of_names: dict[SearchWarning, list[str]] = defaultdict(list)
    for name, result in named.items():
        for warning in result.warnings:
            if warning.code != NOTHING:
                of_names[warning].append(name)
    places = {name: f"namespaces.{at}" for at, name in enumerate(named)}
    for warning, names in of_names.items():
        if warning.where == "namespace":
            warning = replace(warning, where=places[names[0]])
        if len(names) < len(named):
            warning = replace(warning, message=f"{', '.join(names)}: {warning.message}")
        yield warning
    yield from _nothing(list(named.values()), is_cut)
    by_words = [name for name, result in named.items() if _has_words(result)]
    if len(by_words) > 1:
        message = WEIGHTS_DIFFER.format(names=", ".join(by_words))
        yield SearchWarning("word_weights_differ", message, "namespaces")


def _nothing(results: Sequence[SearchResult], is_cut: bool) -> Iterator[SearchWarning]:
    silent = [result for result in results if all(one.code != NOTHING for one in result.warnings)]
    # One that found nothing says nothing of it; of what is relevant all may have been cut.
    if len(silent) < len(results) and not any(result.hits or is_cut for result in silent):
        yield SearchWarning(NOTHING, NOTHING_RELEVANT, "query")


def _has_words(result: SearchResult) -> bool:
    return any(hit.keyword_score is not None for hit in result.hits)
