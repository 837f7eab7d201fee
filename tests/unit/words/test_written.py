"""Words as they are written."""

from retrieval.words.written import QueryWord, words_asked, written_words


def test_words_are_folded_and_whole():
    """Letters alone; what stands between signs is a word of its own."""
    assert written_words("The Striped MUGS, e-mail", "BW-12 Żółć") == [
        *("the", "striped", "mugs", "mail", "bw"),
        "zolc",
    ]


def test_scripts_without_spaces_have_no_written_words():
    """A run of Han characters is no word."""
    assert written_words("赤いマグカップ cup 猫") == ["cup"]
    assert written_words("красная кружка") == ["красная", "кружка"]


def test_a_query_asks_for_its_telling_words_of_letters():
    """Neither stop words nor numbers nor names with signs."""
    assert words_asked("the Striped mugs, striped x2 C++ 12") == [
        QueryWord("striped", ("stripe",)),
        QueryWord("mugs", ("mug",)),
    ]
    assert words_asked("e-mail") == []
