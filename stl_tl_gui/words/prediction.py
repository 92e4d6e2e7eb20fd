"""Predictions in words. The predicted class always comes first, then the true one."""


def answer_in_words(said: str, true: str) -> str:
    """“Said deer · really dog”, “Said dog · right”."""
    return f"Said {said} · right" if said == true else f"Said {said} · really {true}"
