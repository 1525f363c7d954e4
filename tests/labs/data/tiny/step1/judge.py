"""The word is served, by a web server that runs, and the state of the start is kept."""

from judging import equal, holds


def judge(see):
    yield equal("word", see.at("checker.word"), see["values"]["word"], pointer="curl http://web:8000/word", within=2)
    yield holds("state", see.at("web.state") == "began", found=see.at("web.state"), wanted="began", pointer="/state")
