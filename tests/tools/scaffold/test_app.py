"""`updater scaffold app`: one more app, and nothing else (5.1)."""

import shutil

import pytest
from commands.calling import call
from tools.scaffold.made import COMBINATIONS, files, make

OVERLAYS = "infra/k8s/overlays"
OURS = b"# Ours\r\nkind: Kustomization\r\nresources:\r\n    - shop   # first\r\n    - blog\r\n"


@pytest.fixture
def made(tmp_path):
    make(tmp_path / "it")
    return tmp_path / "it"


@pytest.mark.parametrize("options", COMBINATIONS.values(), ids=COMBINATIONS)
def test_an_app_that_comes_later_makes_what_it_would_have_made_from_the_start(tmp_path, options):
    make(tmp_path / "grown", *options, apps=["shop", "blog"])
    status, out, err = call("scaffold", "app", "till", folder=tmp_path / "grown")
    named = options if "--repository" in options else [*options, "--repository", "grown"]
    make(tmp_path / "whole", *named, apps=["shop", "blog", "till"])

    assert (status, err) == (0, "")
    assert files(tmp_path / "grown") == files(tmp_path / "whole")
    assert "added till: " in out


def test_what_comes_next_is_typed_in_that_repository(made):
    _, there, _ = call("scaffold", "app", "till", made)
    _, here, _ = call("scaffold", "app", "cart", folder=made)
    assert there.partition("next:\n")[2].splitlines()[0] == f"  cd {made}"
    assert here.partition("next:\n")[2].splitlines()[0] == "  updater check --config updater"


def test_what_people_wrote_meanwhile_stays_byte_for_byte(made):
    lists = made / OVERLAYS / "staging" / "kustomization.yaml"
    lists.write_bytes(OURS + b"x: 1\r\n")
    (made / "infra/k8s/base/shop/deployment.yaml").write_text("# Ours\n")
    before = files(made)
    status, _, err = call("scaffold", "app", "till", made)
    after = files(made)

    assert (status, err) == (0, "")
    assert lists.read_bytes() == (OURS + b"    - till\r\nx: 1\r\n")
    changed = {path for path in before if before[path] != after[path]}
    assert changed == {f"{OVERLAYS}/{name}/kustomization.yaml" for name in ("staging", "production")}


def test_a_second_time_is_one_sentence_and_changes_nothing(made):
    before = files(made)
    for _ in range(2):
        status, out, err = call("scaffold", "app", "shop", made)

        assert (status, out) == (2, "")
        assert err == f"{made}: has an app shop already: nothing was written\n"
    assert files(made) == before


def test_an_app_that_was_edited_is_there_too(made):
    edited = made / "infra/k8s/base/shop/deployment.yaml"
    edited.write_text(edited.read_text() + "# Ours\n")
    before = files(made)
    status, _, err = call("scaffold", "app", "shop", made)

    assert status == 2
    assert err.startswith(f"{edited}: is there already, and nothing is overwritten")
    assert files(made) == before


def test_what_was_killed_half_way_is_finished_by_the_same_command(made, monkeypatch, tmp_path):
    call("scaffold", "app", "till", made)
    whole = files(made)
    for written in range(1, len(whole), 7):
        half = tmp_path / f"half-{written}"
        make(half, "--repository", "it")
        die_after(written, monkeypatch)
        with pytest.raises(Killed):
            call("scaffold", "app", "till", half)
        monkeypatch.undo()
        status, _, err = call("scaffold", "app", "till", half)

        assert (status, err) == (0, "")
        assert files(half) == whole
        if written > 30:
            break


class Killed(BaseException):
    pass


def die_after(number, monkeypatch):
    """As by SIGKILL: nobody tidies up."""
    from updater.tools.scaffold import writing

    left = iter(range(number))
    write = writing._write

    def until(path, file):
        if next(left, None) is None:
            monkeypatch.setattr(writing, "_remove", lambda _: None)
            raise Killed
        write(path, file)

    monkeypatch.setattr(writing, "_write", until)


def test_where_a_later_file_fails_the_earlier_ones_go_again(made, monkeypatch):
    from updater.tools.scaffold import writing

    before, write = files(made), writing._write

    def full(path, file):
        if path.name == "service.yaml":
            raise OSError(28, "No space left on device")
        write(path, file)

    monkeypatch.setattr(writing, "_write", full)
    status, out, err = call("scaffold", "app", "till", made)

    assert (status, out) == (1, "")
    assert err == f"{made}: cannot be written (No space left on device): nothing was changed\n"
    assert files(made) == before
    assert not list(made.rglob("till"))


def test_where_a_list_cannot_be_written_everything_is_as_before(made, monkeypatch):
    from updater.tools.set_image import file_replacement

    before, replace = files(made), file_replacement._replace
    answers = iter([replace, failing, replace])  # the first list, the second one, and the first back

    def by_turns(*words):
        next(answers)(*words)

    monkeypatch.setattr(file_replacement, "_replace", by_turns)
    status, out, err = call("scaffold", "app", "till", made)

    assert (status, out, err.count("\n")) == (1, "", 1)
    assert "cannot be written (Read-only file system)" in err
    assert files(made) == before
    assert not list(made.rglob("till"))


def failing(*_):
    raise OSError(30, "Read-only file system")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("resources: &all\n  - shop\n", "resources carries the anchor &all"),
        ("resources: shop\n", "resources is no list"),
        ("resources: [shop]\nresources: [blog]\n", "resources is there twice"),
        ("resources:\n  - shop\n---\nresources: []\n", "holds not exactly one mapping"),
        ("resources: {{ all }}\n", ""),
        (None, "is gone"),
    ],
)
def test_a_list_that_cannot_be_read_without_doubt_is_one_sentence(made, text, why):
    lists = made / OVERLAYS / "staging" / "kustomization.yaml"
    lists.unlink() if text is None else lists.write_text(text)
    before = files(made)
    status, out, err = call("scaffold", "app", "till", made)

    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"{lists}: ")
    assert why in err
    assert files(made) == before


@pytest.mark.parametrize(
    "text", ["resources: []\n", "resources:\n", "kind: Kustomization\n", "resources: [shop]\n"]
)
def test_a_list_in_any_form_grows(made, text):
    lists = made / OVERLAYS / "staging" / "kustomization.yaml"
    lists.write_text(text)

    assert call("scaffold", "app", "till", made)[0] == 0
    assert "till" in lists.read_text()


def test_nothing_is_written_through_a_link(made, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    shutil.rmtree(made / "updater/apps")
    (made / "updater/apps").symlink_to(tmp_path / "elsewhere")
    status, _, err = call("scaffold", "app", "till", made)

    assert status == 2
    assert err.startswith(f"{made / 'updater/apps'}: is no folder of this repository")
    assert not list((tmp_path / "elsewhere").iterdir())
    assert not list(made.rglob("till"))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Till", "NAME: 'Till' is no app's name"),
        ("a" * 53, f"NAME: '{'a' * 53}' is longer than 52 characters"),
        ("shop-staging", "shop-staging and shop would both be reached as shop-staging.example.org"),
        ("production", "NAME: 'production' is what an environment is called"),
    ],
)
def test_a_name_that_cannot_be_is_one_sentence(made, name, why):
    before = files(made)
    status, out, err = call("scaffold", "app", name, made)

    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(why)
    assert files(made) == before


def test_a_folder_that_was_not_scaffolded_is_one_sentence(tmp_path):
    status, out, err = call("scaffold", "app", "shop", tmp_path)

    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(
        f"{tmp_path}: has no .scaffold.yaml, so it was not made by updater scaffold repository"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_file_for_a_folder_is_one_sentence(made):
    (made / "README.md").write_text("# Ours\n")
    status, out, err = call("scaffold", "app", "till", made / "README.md")

    assert (status, out) == (2, "")
    assert (
        err == f"{made / 'README.md'}: is a file: name the folder that updater scaffold repository has made\n"
    )


def test_a_broken_record_is_named_with_its_line(made):
    (made / ".scaffold.yaml").write_text("org: acme\nrepository: it\nwithot: []\n")
    status, _, err = call("scaffold", "app", "till", made)

    assert status == 2
    assert err.startswith(f"{made / '.scaffold.yaml'}:3: ")
