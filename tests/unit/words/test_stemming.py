"""Stems are Porter2's, as they were when the index was made."""

import pytest

from retrieval.words.stemming import stem

PAIRS = """
mugs mug  running run  ponies poni  ties tie  cries cri  gas gas  this this  kiwis kiwi
gaps gap  hopping hop  hoping hope  agreed agre  luxuriated luxuri  happy happi  by by  say say
cry cri  relational relat  national nation  generously generous  communism communism  skies sky
dying die  news news  innings inning  exceed exceed  singly singl  happiness happi
electricity electr  controlling control  adoption adopt  bed bed  shed shed  hop hop
analogy analog  geology geolog  vietnamization vietnam  consistently consist  knightly knight
yellow yellow  boyish boyish  arsenal arsenal  probate probat  rate rate  cease ceas
controll control  sensibly sensibl
"""


WORDS = PAIRS.split()


@pytest.mark.parametrize(("word", "wanted"), list(zip(WORDS[::2], WORDS[1::2], strict=True)))
def test_a_word_has_the_stem_of_the_published_algorithm(word: str, wanted: str) -> None:
    """Against the vocabulary that comes with it."""
    assert stem(word) == wanted
