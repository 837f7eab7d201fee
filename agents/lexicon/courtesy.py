"""Words of a goal that ask politely, and say nothing of what is wanted."""

from __future__ import annotations

COURTESY = frozenset(
    """please could can would will you i am i'm im we need want wish like'd looking look for find me
    us show give tell get search list see let have there any some kindly thanks thank hello hi hey
    just suggest recommend may might should must help my our d ll ve got offer sell stock carry
    know interested what's whats where's who's there's that's it's let's i'd i'll i've we'd you've
    desire after something""".split()
)
