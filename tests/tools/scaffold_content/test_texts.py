"""The READMEs and runbooks: links lead somewhere, commands exist, and both languages say the same."""

import posixpath
import re
import shlex
import shutil
import subprocess

import pytest
from commands.calling import call
from ruamel.yaml import YAML
from tools.scaffold_content.rendered import left_out, rendered

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
PATH = re.compile(r"(?<![\w./-])(?:infra|docs|updater|\.github)/[\w./-]+")
PLACEHOLDER = re.compile(r"APP|ENVIRONMENT|NAME|my-app")
# How a text would speak of a part. Helm and kubectl are also tools, by which other things are installed.
NAMES = {
    "helm": r"infra/helm|helm-deploy|values-(?:prod|staging)",
    "argocd": r"(?i:argo ?cd)",
    "monitoring": r"_shared/monitoring|alerts\.md|(?i:kube-prometheus-stack)",
    "secrets": r"_shared/secrets|sealed/|setup_env_secure",
    "migrations": r"_shared/migrations|run-migration-job",
    "scripts": r"_shared/scripts|\w\.sh\b(?!/)(?<!install-k3s\.sh)(?<!uninstall\.sh)",
    "workflows": r"\.github/workflows|deploy-production|UPDATER_IMAGE",
    "runbooks": r"docs/runbooks",
}
BOTH = [(without, language) for without in left_out() for language in ("en", "ko")]
SINGLE = [(), *[next(without for without in left_out() if part in without) for part in NAMES], left_out()[-1]]


def texts(without=(), language="en"):
    return {path: text for path, text in rendered(without, language=language).items() if path.endswith(".md")}


def anchors(text):
    """As GitHub makes them of headings."""
    plain = (heading.lower().replace("`", "") for _, heading in HEADING.findall(BLOCK.sub("", text)))
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


def without_remarks(text):
    """The blocks of code of a text; a remark behind a command is in the reader's language."""
    return [(kind, re.sub(r"(?m) +# .*$", "", block)) for kind, block in BLOCK.findall(text)]


def commands(language="en"):
    """Every line of a shell in a text, with continued lines joined and its text's path."""
    for without in SINGLE:
        for path, text in texts(without, language).items():
            for kind, block in BLOCK.findall(text):
                if kind == "sh":
                    lines = block.replace("\\\n", " ").splitlines()
                    yield from ((path, line.partition(" # ")[0].strip()) for line in lines)


def test_every_link_of_every_choice_leads_to_what_is_there():
    dead = []
    for without, language in BOTH:
        files = rendered(without, language=language)
        for path, text in files.items():
            for target in LINK.findall(BLOCK.sub("", text)) if path.endswith(".md") else ():
                page, _, anchor = target.partition("#")
                where = posixpath.normpath(posixpath.join(posixpath.dirname(path), page)) if page else path
                if not target.startswith("https://") and (
                    where not in files or (anchor and anchor not in anchors(files[where]))
                ):
                    dead.append((without, language, path, target))

    assert dead == []


def test_a_part_that_was_left_out_is_named_nowhere():
    named = [
        (part, language, path, found[0])
        for part, pattern in NAMES.items()
        for language in ("en", "ko")
        for without in SINGLE
        if part in without
        for path, text in rendered(without, language=language).items()
        if path != ".scaffold.yaml" and (found := re.search(pattern, text))
    ]

    assert sorted({*named}) == []


def test_every_part_that_is_in_is_named_by_these_patterns():
    whole = "\n".join(rendered().values())

    assert [part for part, pattern in NAMES.items() if not re.search(pattern, whole)] == []


@pytest.mark.parametrize("without", SINGLE)
def test_both_languages_say_the_same(without):
    english, korean = texts(without, "en"), texts(without, "ko")

    assert english.keys() == korean.keys()
    for path, text in english.items():
        other = korean[path]
        assert [depth for depth, _ in HEADING.findall(BLOCK.sub("", text))] == [
            depth for depth, _ in HEADING.findall(BLOCK.sub("", other))
        ], path
        assert without_remarks(text) == without_remarks(other), path
        pages = [[link.partition("#")[0] for link in LINK.findall(one)] for one in (text, other)]
        assert sorted(pages[0]) == sorted(pages[1]), path
        assert text.count("\n|") == other.count("\n|"), path


def test_korean_is_korean_and_english_is_not():
    for path, text in texts(language="ko").items():
        assert re.search("[가-힣]", text), path
    for path, text in texts(language="en").items():
        assert not re.search("[가-힣]", text), path


def test_korean_has_one_word_for_one_thing():
    for path, text in texts(language="ko").items():
        assert not re.search(
            "운영 ?(배포|환경)|병합|포드|Pod[가-힣]|비밀 ?값|Secret[가-힣]", BLOCK.sub("", text)
        ), path


def test_every_path_that_a_text_names_is_there():
    missing = []
    for without in SINGLE:
        files = rendered(without)
        folders = {path[: end.start()] for path in files for end in re.finditer("/", path)}
        for path, text in texts(without).items():
            for found in PATH.findall(text):
                named = found.rstrip("/.")
                if not PLACEHOLDER.search(named) and named not in {*files, *folders}:
                    missing.append((path, found))

    assert missing == []


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("clusters", [(), ("seoul", "busan")])
def test_every_environment_that_a_command_names_is_one_of_the_config(language, clusters):
    files = rendered(language=language, clusters=clusters)
    known = {*YAML(typ="safe").load(files["updater/updater.yaml"])["environments"]}
    named = [
        (path, found)
        for path, text in files.items()
        if path.endswith(".md")
        for found in re.findall(r"\bmy-app ([a-z][\w/-]*)|\bENVIRONMENT=([\w/-]+)", text)
    ]

    assert len(named) > 12
    assert [(path, *found) for path, found in named if not {*found} & known] == []


@pytest.mark.parametrize("clusters", [(), ("seoul", "busan")])
def test_every_file_of_values_that_a_command_names_is_there(clusters):
    files = rendered(clusters=clusters)
    text = "".join(text for path, text in files.items() if path.endswith(".md"))
    named = re.findall(r"infra/helm/apps/\$?APP/(values-[\w-]+\.yaml)", text)

    assert len(named) > 1
    assert [name for name in named if f"infra/helm/apps/shop/{name}" not in files] == []


def test_what_cron_calls_was_put_there_and_keeps_as_many_backups():
    for language in ("en", "ko"):
        text = texts(language=language)["docs/runbooks/backup-and-restore.md"]
        (cron,) = [block for kind, block in BLOCK.findall(text) if not kind]
        called = re.findall(r"root (\S+)$", cron, re.MULTILINE)

        assert called
        assert all(re.search(rf"^install .* {path}$", text, re.MULTILINE) for path in called)
        assert {*re.findall(r"BACKUP_KEEP=\d+", text)} == {*re.findall(r"BACKUP_KEEP=\d+", cron)}


def test_every_script_that_a_command_calls_is_there():
    names = {path.rpartition("/")[2] for path in rendered() if path.endswith(".sh")} | {"install-k3s.sh"}
    called = {
        word.rpartition("/")[2]
        for _, line in commands()
        for word in re.findall(r"[\w./-]+\.sh\b", line)
        if not word.startswith("/usr/local/bin/")
    }

    assert "join-agent.sh" in called
    assert called <= names


def test_the_updater_takes_every_call_of_it():
    calls = sorted({line for _, line in commands() if line.startswith("updater ")})

    assert len(calls) > 8
    for line in calls:
        status, _, err = call(*shlex.split(line.partition(" > ")[0])[1:], "--help")
        assert (status, err) == (0, ""), line


@pytest.mark.real
def test_kubectl_takes_every_call_of_it():
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    parts = {part.strip() for _, line in commands() for part in re.split(r" \| |; |\)|\(| > ", line)}
    calls = sorted(part for part in parts if part.startswith("kubectl "))

    assert len(calls) > 15
    for line in calls:
        words = shlex.split(line)
        end = words.index("--") if "--" in words else len(words)
        done = subprocess.run([*words[:end], "--help"], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), line


def test_no_secret_is_typed_on_a_command_line():
    typed = [line for _, line in commands() if re.search(r"(?i)(password|token|pat)[=\s]['\"]?[\w$]", line)]

    assert [line for line in typed if not re.search(r"(?i)token_file=|/token|/cluster-token", line)] == []
