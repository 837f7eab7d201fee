"""Small rules of English that the wordings share."""

from collections.abc import Sequence

COUNTS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
MANY = {
    " that costs ": " that cost ",
    " that takes ": " that take ",
    " that has ": " that have ",
    " that was ": " that were ",
    " that is ": " that are ",
    " that becomes ": " that become ",
}


def a(noun: str) -> str:
    """Return a noun with its article."""
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"


def count_word(count: int) -> str:
    """Return a small count in letters."""
    return COUNTS[count - 1]


def ordinal(number: int) -> str:
    """Return "21st", of the days of a month."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if 10 < number < 20 else ending}"


def joined(words: Sequence[str], last: str) -> str:
    """Return "a, b or c"."""
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def plural_verbs(text: str) -> str:
    """Return a text about several things with its verbs in the plural."""
    for one, many in MANY.items():
        text = text.replace(one, many)
    return text


def money(value: float, grouped: bool) -> str:
    """Return an amount in English: cents where there are any."""
    if value != int(value):
        return f"{value:.2f}"
    return f"{int(value):,}" if grouped else str(int(value))
