"""Every command of a page is run as it is shown, or the line before says why not.

A block is of commands where a line of it begins with `$ `, where its language is `sh`, or where it has
none and begins with a program's name. The blocks of a page are run one after the other in one folder,
whose `config/` is the project's own example, or the whole config that the page shows. What is shown below
a `$ ` has to be said; the numbers of lines are those of another day.
"""

import re
import shlex
import shutil

import pytest
from commands.calling import call
from handbook.completing import completed, is_whole, parsed
from handbook.pages import PAGES, ROOT, blocks

PROGRAMS = (
    r"(\.venv/bin/\S+|updater|make|pip|docker|podman|kubectl|helm|git|curl|cosign|argocd|flux|ssh-keygen)"
)
COMMAND = re.compile(rf"^{PROGRAMS} ", re.MULTILINE)
SHELLS = {"sh", "bash", "console", "shell"}


def is_of_commands(block):
    if block.language in SHELLS or re.search(r"^\$ ", block.text, re.MULTILINE):
        return True
    return not block.language and bool(COMMAND.match(block.text))


def lines_of(text):
    """Each command, with what is shown below it."""
    if "$ " not in text:
        return [(line, []) for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    shown = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    return [(each.splitlines()[0], each.splitlines()[1:]) for each in shown]


def plain(said):
    return re.sub(r":[0-9]+", ":1", said)


def config_for(page, folder):
    shown = [block for block in page if block.language == "yaml" and not block.reason]
    for at, block in enumerate(shown):
        (document, *_) = parsed(block.text)
        if is_whole(document):
            after = [each for later in shown[at + 1 :] for each in parsed(later.text)]
            return completed(document, block.text, folder / "config", after)
    return shutil.copytree(ROOT / "config", folder / "config")


COMMANDS = {
    str(path.relative_to(ROOT)): [block for block in blocks(path) if is_of_commands(block)] for path in PAGES
}
RUN = [path for path in PAGES if any(not b.reason for b in COMMANDS[str(path.relative_to(ROOT))])]


@pytest.mark.parametrize("path", RUN, ids=lambda path: str(path.relative_to(ROOT)))
def test_it_runs_as_it_is_shown(path, tmp_path):
    config_for(list(blocks(path)), tmp_path)
    folder = tmp_path
    for block in COMMANDS[str(path.relative_to(ROOT))]:
        for line, shown in [] if block.reason else lines_of(block.text):
            words = shlex.split(line, comments=True)
            if words[0] == "cd":
                folder /= words[1]
                continue
            assert words[0] == "updater", f"{block}: say why it is not run, in the line before: {line}"
            words, redirected = (words[: words.index(">")], words[-1]) if ">" in words else (words, None)
            status, out, err = call(*words[1:], folder=folder)
            assert status == 0, f"{block}: {line}\n{err}"
            if redirected:
                (folder / redirected).write_text(out)
            assert [each for each in shown if each.strip() != "…" and plain(each) not in plain(out)] == []


def test_a_test_that_is_named_for_a_reason_is_there():
    reasons = [block.reason for path in PAGES for block in blocks(path) if block.reason]
    named = {path for reason in reasons for path in re.findall(r"tests/[\w./-]*\w", reason)}
    assert {path for path in named if not (ROOT / path).exists()} == set()
