"""`updater set-image`, as a shell calls it."""

import os
import stat
import subprocess

import pytest
from commands.calling import call, start

SHOP, BLOG = "ghcr.io/org/shop", "ghcr.io/org/blog"
TAG, NEXT = "20260202-143512", "20260203-101010"
OLD, NEW = "sha256:" + "a" * 64, "sha256:" + "b" * 64
KUSTOMIZATION = f"""\
# 이미지\r
images:\r
    - name: {SHOP}   # the shop\r
      newTag: {TAG}\r
    - {{name: {BLOG}, newTag: '{TAG}'}}\r
    - name: cache
      newTag: "7"
      digest: {OLD}"""


@pytest.fixture
def overlay(tmp_path):
    (tmp_path / "kustomization.yaml").write_bytes(KUSTOMIZATION.encode())
    return tmp_path


def run(*words, **more):
    return call("set-image", *words, **more)


def text(folder, name="kustomization.yaml"):
    return (folder / name).read_bytes().decode()


def test_two_tags_of_a_folders_kustomization_change_and_not_one_byte_more(overlay):
    assert run(overlay, f"{SHOP}={NEXT}", f"{BLOG}={NEXT}") == (0, "", "")
    assert text(overlay) == KUSTOMIZATION.replace(TAG, NEXT)


def test_a_file_may_be_named_from_where_one_stands(overlay):
    assert run("kustomization.yaml", f"{SHOP}={NEXT}", folder=overlay) == (0, "", "")
    assert run(".", f"{SHOP}={TAG}", folder=overlay) == (0, "", "")
    assert text(overlay) == KUSTOMIZATION


def test_what_is_there_already_is_not_written_again(overlay):
    before = (overlay / "kustomization.yaml").stat()
    assert run(overlay, f"{SHOP}={TAG}") == (0, "", "")
    after = (overlay / "kustomization.yaml").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_the_mode_of_the_file_stays_and_nothing_else_is_left_in_the_folder(overlay):
    (overlay / "kustomization.yaml").chmod(0o640)
    assert run(overlay, f"{SHOP}={NEXT}")[0] == 0
    assert stat.S_IMODE((overlay / "kustomization.yaml").stat().st_mode) == 0o640
    assert [path.name for path in overlay.iterdir()] == ["kustomization.yaml"]


def test_check_writes_nothing_and_exits_with_3_only_if_it_would_change(overlay):
    assert run(overlay, f"{SHOP}={NEXT}", "--check") == (3, "", "")
    assert run(overlay, f"{SHOP}={TAG}", "--check") == (0, "", "")
    assert text(overlay) == KUSTOMIZATION


def test_diff_shows_what_patch_would_apply_and_writes(overlay):
    status, diff, _ = run("kustomization.yaml", f"cache=8@{NEW}", "--diff", folder=overlay)
    assert status == 0
    changed = text(overlay)
    assert changed == KUSTOMIZATION.replace('"7"', '"8"').replace(OLD, NEW)
    (overlay / "kustomization.yaml").write_bytes(KUSTOMIZATION.encode())
    subprocess.run(["git", "apply", "-p1"], input=diff.encode(), cwd=overlay, check=True)
    assert text(overlay) == changed


def test_diff_with_check_only_shows(overlay):
    status, diff, _ = run(overlay, f"{SHOP}={NEXT}", "--diff", "--check")
    assert status == 3
    assert f"+      newTag: {NEXT}" in diff
    assert text(overlay) == KUSTOMIZATION


def test_a_filter_reads_standard_input_and_writes_standard_output():
    changed = KUSTOMIZATION.replace(TAG, NEXT)
    words = ("-", "--kind", "kustomization", f"{SHOP}={NEXT}", f"{BLOG}={NEXT}")
    assert run(*words, given=KUSTOMIZATION) == (0, changed, "")
    assert run(*words, given=changed) == (0, changed, "")
    assert run(*words, "--check", given=KUSTOMIZATION) == (3, "", "")


def test_a_shell_gets_the_bytes_and_the_exit_status():
    words = ("set-image", "-", "--kind", "kustomization")
    assert start(*words, f"{SHOP}={NEXT}", f"{BLOG}={NEXT}", given=KUSTOMIZATION) == (
        0,
        KUSTOMIZATION.replace(TAG, NEXT),
        "",
    )
    assert start(*words, f"{SHOP}={NEXT}", "--check", given=KUSTOMIZATION) == (3, "", "")
    assert start(*words, "none=1", given=KUSTOMIZATION)[:2] == (1, "")


def test_a_refused_filter_writes_nothing_to_standard_output():
    status, out, err = run("-", "--kind", "kustomization", f"{SHOP}={NEXT}", given="images: [")
    assert (status, out) == (1, "")
    assert err.startswith("standard input:2: is not YAML")


def test_one_refused_image_keeps_the_others_from_being_written(overlay):
    status, out, err = run(overlay, f"{SHOP}={NEXT}", "ghcr.io/org/none=1")
    assert (status, out) == (1, "")
    assert err == (
        f"{overlay}/kustomization.yaml:2: ghcr.io/org/none is not in images; write one, or say --create\n"
    )
    assert text(overlay) == KUSTOMIZATION


def test_create_adds_the_entry_in_the_style_of_the_file(overlay):
    assert run(overlay, "ghcr.io/org/none=1.10", "--create") == (0, "", "")
    assert '    - name: ghcr.io/org/none\r\n      newTag: "1.10"' in text(overlay)


def test_a_digest_in_the_file_wants_a_new_one(overlay):
    status, _, err = run(overlay, "cache=8")
    assert status == 1
    assert err.startswith(f"{overlay}/kustomization.yaml:")
    assert err.endswith("; give the new digest as well, IMAGE=TAG@sha256:…\n")


def test_a_digest_is_not_dropped_where_the_file_has_none(overlay):
    status, _, err = run(overlay, f"{SHOP}={NEXT}@{NEW}")
    assert (status, "has no digest" in err) == (1, True)
    assert run(overlay, f"{SHOP}={NEXT}@{NEW}", "--create") == (0, "", "")
    assert f"newTag: {NEXT}" in text(overlay)
    assert f"digest: {NEW}" in text(overlay)


def test_a_file_pinned_by_digest_alone_gets_the_digest_alone(tmp_path):
    file = tmp_path / "kustomization.yml"
    file.write_text(f'images: [{{name: {SHOP}, digest: "{OLD}"}}]\n')
    assert run(file, f"{SHOP}={NEXT}@{NEW}") == (0, "", "")
    assert file.read_text() == f'images: [{{name: {SHOP}, digest: "{NEW}"}}]\n'


def test_the_way_kustomize_has_it_works_where_the_name_stays(tmp_path):
    file = tmp_path / "kustomization.yaml"
    file.write_text(f"images:\n- name: app\n  newName: {SHOP}\n  newTag: {TAG}\n")
    assert run(tmp_path, f"app={SHOP}:{NEXT}") == (0, "", "")
    assert NEXT in file.read_text()
    status, _, err = run(tmp_path, f"app={BLOG}:{NEXT}")
    assert status == 1
    assert f"app runs as {SHOP} and not as {BLOG}; this command sets tags only" in err


def test_values_are_known_by_their_name_and_quoted_where_the_value_needs_it(tmp_path):
    file = tmp_path / "values-production.yaml"
    file.write_text(f"image:\n  repository: {SHOP}\n  tag: v1 # set by CI\n")
    assert run(file, f"{SHOP}=6e60951") == (0, "", "")
    assert file.read_text() == f'image:\n  repository: {SHOP}\n  tag: "6e60951" # set by CI\n'


def test_path_names_one_of_several_and_any_yaml_goes_by_kind(tmp_path):
    file = tmp_path / "application.yaml"
    file.write_text(f"a: {{image: '{SHOP}:1'}}\nb: {{image: '{SHOP}:2'}}\n")
    status, _, err = run(file, f"{SHOP}=3", "--kind", "yaml-path")
    assert (status, "--path" in err) == (1, True)
    assert run(file, f"{SHOP}=3", "--kind", "yaml-path", "--path", "b.image") == (0, "", "")
    assert file.read_text() == f"a: {{image: '{SHOP}:1'}}\nb: {{image: '{SHOP}:3'}}\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("kustomization.yaml", SHOP), "has no image and tag: write it like"),
        (("kustomization.yaml", f"{SHOP}="), "has no image and tag"),
        (("kustomization.yaml", f"{SHOP}=@{NEW}"), "is no tag"),
        (("kustomization.yaml", f"{SHOP}=a b"), "is no tag"),
        (("kustomization.yaml", f"{SHOP}=1@sha256:12"), "is no digest"),
        (("kustomization.yaml", f"{SHOP}={BLOG}"), "has no image and tag"),
        (("kustomization.yaml", f"{SHOP}=1", "--kind", "helm-value"), "did you mean helm-values?"),
        (("kustomization.yaml", f"{SHOP}=1", "--path", "image.tag"), "leave --path out"),
        (("other.yaml", f"{SHOP}=1"), "add --kind"),
        (("-", f"{SHOP}=1"), "standard input does not say what kind of file it is"),
        (("-", f"{SHOP}=1", "--diff", "--kind", "kustomization"), "leave --diff out"),
        (("values.yaml", f"{SHOP}=1", f"{BLOG}=1", "--path", "image.tag"), "--path leads to one image"),
        (("empty", f"{SHOP}=1"), "empty: holds no kustomization: name the file"),
    ],
)
def test_a_wrong_call_is_one_sentence_and_exit_2(overlay, words, sentence):
    (overlay / "other.yaml").write_text("a: 1\n")
    (overlay / "empty").mkdir()
    status, out, err = run(*words, folder=overlay)
    assert (status, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1
    assert text(overlay) == KUSTOMIZATION


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"images:\n  - name: caf\xe9\n", "UTF-8"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"", "holds no kustomization"),
        (b"\0", "YAML"),
        (b"a: &a [*a]\n" * 3, ""),
        (b"images:\n" + b"# " + b"x" * 300_000, "is larger than 262,144 bytes"),
        (f"images:\n- name: {SHOP}\n  newTag: ${{TAG}}\n".encode(), "template"),
    ],
)
def test_a_file_in_doubt_is_one_sentence_and_exit_1(tmp_path, data, sentence):
    (tmp_path / "kustomization.yaml").write_bytes(data)
    status, out, err = run(tmp_path, f"{SHOP}=1")
    assert (status, out) == (1, "")
    assert sentence in err
    assert err.count("\n") == 1
    assert (tmp_path / "kustomization.yaml").read_bytes() == data


def test_what_is_no_plain_file_is_refused(overlay, tmp_path):
    (overlay / "link").mkdir()
    (overlay / "link" / "kustomization.yaml").symlink_to("../kustomization.yaml")
    os.mkfifo(overlay / "values.yaml")
    assert "is a symbolic link" in run(overlay / "link", f"{SHOP}=1")[2]
    assert "is no plain file" in run(overlay / "values.yaml", f"{SHOP}=1")[2]
    status, _, err = run(overlay / "none" / "kustomization.yaml", f"{SHOP}=1")
    assert (status, "cannot be read (No such file or directory)" in err) == (1, True)
    assert text(overlay) == KUSTOMIZATION
