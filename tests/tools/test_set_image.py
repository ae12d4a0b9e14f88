"""`updater set-image`, as a shell calls it."""

import os
import stat
import subprocess
import sys

import pytest
from commands.calling import UPDATER, call, start

from updater.errors import Refused
from updater.tools.set_image.file_replacement import target_of

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


KILLED = """
import os, signal, sys
from updater.tools.set_image.file_replacement import target_of

target, old, new = target_of(sys.argv[1]), b"old", b"new"
CALLS = {"access", "open", "write", "fchown", "fchmod", "flush", "fsync", "rename", "replace"}

def replace(left):
    def count(frame, event, what):
        nonlocal left
        left -= event == "c_call" and what.__name__ in CALLS
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.setprofile(count)
    target.replace(old, new)
    os._exit(0)

for calls in range(int(sys.argv[2])):
    target.path.write_bytes(old)
    child = os.fork()
    if not child:
        replace(calls)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), target.path.read_bytes().decode())
"""


def shell(words):
    """As a shell with its redirections calls it."""
    done = subprocess.run(["bash", "-c", f"{UPDATER} {words}"], capture_output=True, check=False)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode()


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
        f"{overlay}/kustomization.yaml:2: ghcr.io/org/none is not in images; write one, or say --create "
        f"(it names {SHOP}, {BLOG}, cache)\n"
    )
    assert text(overlay) == KUSTOMIZATION


def test_of_many_images_the_likeliest_are_named(overlay):
    names = [f"ghcr.io/acme/app-{number}" for number in range(7)] + [SHOP]
    entries = "".join(f"- {{name: {name}, newTag: v1}}\n" for name in names)
    (overlay / "kustomization.yaml").write_text(f"images:\n{entries}")
    _, _, err = run(overlay, "shop=v2")
    assert f"(it names {SHOP}, " in err
    assert err.endswith(" and 6 more)\n")


def test_a_file_without_images_names_none(overlay):
    (overlay / "kustomization.yaml").write_text("resources: [../base]\n")
    assert "names" not in run(overlay, "shop=v2")[2]


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


def test_a_digest_alone_is_set_and_the_tag_stays(overlay):
    assert run(overlay, f"cache=@{NEW}") == (0, "", "")
    assert text(overlay) == KUSTOMIZATION.replace(OLD, NEW)


def test_a_digest_alone_where_there_is_none_is_added_on_demand(overlay):
    status, _, err = run(overlay, f"{SHOP}=@{NEW}")
    assert status == 1
    assert err.endswith(f"kustomization.yaml:4: {SHOP} has no digest; write one, or say --create\n")
    assert run(overlay, f"{SHOP}=@{NEW}", "--create") == (0, "", "")
    with_it = f"      newTag: {TAG}\r\n"
    assert text(overlay) == KUSTOMIZATION.replace(with_it, f"{with_it}      digest: {NEW}\r\n", 1)


@pytest.mark.parametrize(
    "form", ["{image}@{new}", "{image}=@{new}", "{image}=*@{new}", "{image}={image}@{new}"]
)
@pytest.mark.parametrize(
    ("values", "options"),
    [
        ("image:\n  repository: {image}\n  tag: 1.2.3@{old}\n", ()),
        ("image:\n  repository: {image}\n  tag: v1\n  digest: '{old}'\n", ()),
        ("image:\n  repository: {image}\n  tag: v1\n  digest: '{old}'\n", ("--path", "image.tag")),
        ("image:\n  repository: {image}\n  tag: v1\n  digest: '{old}'\n", ("--path", "image.digest")),
        ("image: {image}@{old}\n", ()),
        ("image: {image}:v1@{old}\n", ("--path", "image", "--kind", "yaml-path")),
    ],
)
def test_a_digest_alone_is_set_wherever_one_stands_in_every_way_to_write_it(tmp_path, form, values, options):
    file = tmp_path / "values.yaml"
    file.write_text(values.format(image=SHOP, old=OLD))
    assert run(file, form.format(image=SHOP, new=NEW), *options) == (0, "", "")
    assert file.read_text() == values.format(image=SHOP, old=NEW)


def test_a_path_to_a_digest_takes_no_tag(tmp_path):
    file = tmp_path / "values.yaml"
    file.write_text(f"image:\n  repository: {SHOP}\n  digest: {OLD}\n")
    status, _, err = run(file, f"{SHOP}=1", "--path", "image.digest")
    assert (status, "give the new digest as well" in err) == (1, True)
    assert run(file, f"{SHOP}=1@{NEW}", "--path", "image.digest") == (0, "", "")
    assert file.read_text() == f"image:\n  repository: {SHOP}\n  digest: {NEW}\n"


@pytest.mark.parametrize("form", ["shop:{tag}", "shop={tag}", "shop=*:{tag}", "shop={image}:{tag}"])
def test_kustomizes_ways_to_write_it_set_the_same_tag(tmp_path, form):
    before = f"images:\n- name: shop\n  newName: {SHOP}\n  newTag: {TAG}\n"
    (tmp_path / "kustomization.yaml").write_text(before)
    assert run(tmp_path, form.format(image=SHOP, tag=NEXT)) == (0, "", "")
    assert text(tmp_path) == before.replace(TAG, NEXT)


@pytest.mark.parametrize(
    ("line", "path", "named", "other"), [(1, "shop.tag", BLOG, SHOP), (2, "blog.image", SHOP, BLOG)]
)
def test_a_path_that_leads_to_another_image_is_refused(tmp_path, line, path, named, other):
    file = tmp_path / "values.yaml"
    before = f"shop: {{repository: {SHOP}, tag: v1}}\nblog: {{image: '{BLOG}:v1'}}\n"
    file.write_text(before)
    status, _, err = run(file, f"{named}=v2", "--path", path)
    what = f"{path} is of {other} and not of {named}; name that image, or another path"
    assert (status, err) == (1, f"{file}:{line}: {what}\n")
    assert file.read_text() == before
    assert run(file, f"{other}=v2", "--path", path)[0] == 0
    assert file.read_text() != before


def test_a_path_to_a_tag_that_stands_alone_is_set_whatever_image_is_named(tmp_path):
    (tmp_path / "values.yaml").write_text("plain: {tag: v1}\n")
    assert run(tmp_path / "values.yaml", f"{SHOP}=v2", "--path", "plain.tag") == (0, "", "")
    assert text(tmp_path, "values.yaml") == "plain: {tag: v2}\n"


@pytest.mark.parametrize("values", ["image: {tag: v1}\n", "image:\n  tag: v1\nblog: {image: 'x/blog:v1'}\n"])
def test_without_a_repository_beside_it_a_tag_may_be_any_images_and_the_path_has_to_be_said(tmp_path, values):
    file = tmp_path / "values.yaml"
    file.write_text(values)
    code, _, err = run(file, f"{SHOP}=v2")
    assert code == 1
    assert f"may be another image's than {SHOP}; if it is that one's, say --path image.tag" in err
    assert err.startswith((f"{file}:1: ", f"{file}:2: "))
    assert file.read_text() == values
    assert run(file, f"{SHOP}=v2", "--path", "image.tag") == (0, "", "")
    assert file.read_text() == values.replace("tag: v1", "tag: v2")


def test_an_image_of_docker_hub_may_be_named_in_full(tmp_path):
    file = tmp_path / "values.yaml"
    file.write_text("image: {repository: bitnami/redis, tag: '7.2'}\n")
    assert run(file, "docker.io/bitnami/redis=7.4", "--path", "image.tag") == (0, "", "")
    assert file.read_text() == "image: {repository: bitnami/redis, tag: '7.4'}\n"


def test_an_argo_cd_application_is_set_by_its_alias_or_by_what_it_runs(tmp_path):
    file = tmp_path / "application.yaml"
    for name in ("shop", SHOP):
        file.write_text(f"spec: {{source: {{kustomize: {{images: ['shop={SHOP}:{TAG}']}}}}}}\n")
        words = ("--kind", "yaml-path", "--path", "spec.source.kustomize.images[0]")
        assert run(file, f"{name}={NEXT}", *words) == (0, "", "")
        assert f"shop={SHOP}:{NEXT}" in file.read_text()
    assert run(file, f"{BLOG}={NEXT}", *words)[0] == 1


def test_a_path_names_keys_with_dots_and_items_by_number_or_by_a_key(tmp_path):
    file = tmp_path / "application.yaml"
    file.write_text("a: {b.c: v1}\nl: [v1]\nm: [{name: x, value: v1}, {name: y, value: v1}]\n")
    for path in ('a."b.c"', "l[0]", "m[name=y].value"):
        assert run(file, "shop=v2", "--kind", "yaml-path", "--path", path) == (0, "", "")
    assert file.read_text() == "a: {b.c: v2}\nl: [v2]\nm: [{name: x, value: v1}, {name: y, value: v2}]\n"


def test_a_larger_file_is_set_where_the_option_allows_it(tmp_path):
    file = tmp_path / "kustomization.yaml"
    before = f"images:\n- name: {SHOP}\n  newTag: {TAG}\n" + f"# {'x' * 70}\n" * 4000
    file.write_text(before)
    status, _, err = run(file, f"{SHOP}={NEXT}")
    assert (status, err) == (
        1,
        f"{file}: is larger than 262,144 bytes; name a smaller file, or raise --max-size\n",
    )
    assert run(file, f"{SHOP}={NEXT}", "--max-size", "512KiB") == (0, "", "")
    assert file.read_text() == before.replace(TAG, NEXT)
    words = ("--kind", "kustomization", f"{SHOP}={NEXT}", "--max-size", "512KiB")
    assert run("-", *words, given=before) == (0, before.replace(TAG, NEXT), "")


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
        (("kustomization.yaml", f"{SHOP}=@"), "is no digest"),
        (("kustomization.yaml", f"{SHOP}=@sha256:{'a' * 63}"), "is no digest"),
        (("kustomization.yaml", f"={NEXT}"), "has no image and tag"),
        (("kustomization.yaml", f"@{NEW}"), "has no image and tag"),
        (("kustomization.yaml", f"{SHOP}=*"), "has no image and tag"),
        (("kustomization.yaml", "sh\nop=1", "--create"), "is no image"),
        (("kustomization.yaml", "sh\udcffop=1", "--create"), "is no image"),
        (("kustomization.yaml", "the shop=1"), "is no image"),
        (("", f"{SHOP}=1"), "no file is named"),
        (("kustomization.yaml", f"nginx=nginx@{NEW}"), "for a digest alone write nginx=@sha256:…"),
        (("kustomization.yaml", f"{SHOP}=a b"), "is no tag"),
        (("kustomization.yaml", f"{SHOP}=1@sha256:12"), "is no digest"),
        (("kustomization.yaml", f"{SHOP}={BLOG}"), "has no image and tag"),
        (("kustomization.yaml", f"{SHOP}=1", "--kind", "helm-value"), "did you mean helm-values?"),
        (("kustomization.yaml", f"{SHOP}=1", "--path", "image.tag"), "leave --path out"),
        (("other.yaml", f"{SHOP}=1"), "add --kind"),
        (
            ("values.yaml", f"{SHOP}=1", "--path", "image..tag"),
            "--path: 'image..tag' is no path; write one like",
        ),
        (("values.yaml", f"{SHOP}=1", "--path", ""), "--path: '' is no path"),
        (("values.yaml", f"{SHOP}=1", "--path", "images[0"), "--path: 'images[0' is no path"),
        (
            ("kustomization.yaml", f"{SHOP}=1", "--max-size", "much"),
            "--max-size: 'much' is no size: write it like",
        ),
        (
            ("kustomization.yaml", f"{SHOP}=1", "--max-size", "9MiB"),
            "--max-size: a manifest may have up to 8MiB",
        ),
        (
            ("kustomization.yaml", f"{SHOP}=1", "--max-size", "0"),
            "--max-size: a manifest may have up to 8MiB",
        ),
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


def test_a_file_that_somebody_else_changes_meanwhile_is_not_overwritten(overlay):
    target = target_of(str(overlay))
    before = target.read(1_000)
    (overlay / "kustomization.yaml").write_text("resources: [a]\n")
    with pytest.raises(Refused, match="somebody else has just changed it: try again"):
        target.replace(before, b"images: []\n")
    assert text(overlay) == "resources: [a]\n"
    assert [path.name for path in overlay.iterdir()] == ["kustomization.yaml"]


def test_a_killed_call_leaves_the_old_file_or_the_new_one(overlay):
    """Killed before one call to the system after the other, in a way that nothing can tidy up after."""
    words = [sys.executable, "-c", KILLED, str(overlay), "16"]
    done = subprocess.run(words, capture_output=True, check=True, text=True)
    assert set(done.stdout.splitlines()) == {"-9 old", "0 new"}


def test_standard_input_that_cannot_be_read_is_one_sentence():
    words = f"set-image - --kind kustomization {SHOP}=1 <&-"
    assert shell(words) == (1, "", "standard input: cannot be read (it is closed)\n")


def test_standard_output_that_cannot_be_written_is_one_sentence(overlay):
    words = f"set-image - --kind kustomization {SHOP}=1 < {overlay}/kustomization.yaml"
    for redirected, why in ((">&-", "it is closed"), ("> /dev/full", "No space left on device")):
        assert shell(f"{words} {redirected}") == (1, "", f"standard output cannot be written ({why})\n")


def test_a_diff_that_nobody_takes_writes_nothing(overlay):
    assert shell(f"set-image {overlay} {SHOP}={NEXT} --diff > /dev/full")[0] == 1
    assert text(overlay) == KUSTOMIZATION


def test_a_file_whose_name_is_no_text_is_set_and_shown(overlay):
    name = os.fsdecode(b"caf\xe9.yaml")
    (overlay / "kustomization.yaml").rename(overlay / name)
    words = f"set-image $'{overlay}/caf\\xe9.yaml' --kind kustomization {SHOP}={NEXT} --diff"
    status, out, _ = shell(words)
    assert (status, f"+      newTag: {NEXT}" in out) == (0, True)
    assert text(overlay, name) != KUSTOMIZATION


def test_a_folder_may_be_a_link(overlay, tmp_path_factory):
    link = tmp_path_factory.mktemp("elsewhere") / "link"
    link.symlink_to(overlay)
    assert run(link, f"{SHOP}={NEXT}") == (0, "", "")
    assert text(overlay) != KUSTOMIZATION


def test_bytes_that_are_easily_lost_stay(tmp_path):
    before = b"\xef\xbb\xbfimages:\r\n-\tname: ghcr.io/org/shop \t# \xea\xb0\x80\r\n\tnewTag: v1"
    before = before.replace(b"-\t", b"- ").replace(b"\n\t", b"\n  ")
    (tmp_path / "kustomization.yaml").write_bytes(before)
    assert run(tmp_path, f"{SHOP}=v2") == (0, "", "")
    assert (tmp_path / "kustomization.yaml").read_bytes() == before.replace(b"v1", b"v2")


def test_what_is_no_plain_file_is_refused(overlay, tmp_path):
    (overlay / "link").mkdir()
    (overlay / "link" / "kustomization.yaml").symlink_to("../kustomization.yaml")
    os.mkfifo(overlay / "values.yaml")
    assert "is a symbolic link" in run(overlay / "link", f"{SHOP}=1")[2]
    assert "is no plain file" in run(overlay / "values.yaml", f"{SHOP}=1")[2]
    status, _, err = run(overlay / "none" / "kustomization.yaml", f"{SHOP}=1")
    assert (status, "cannot be read (No such file or directory)" in err) == (1, True)
    assert text(overlay) == KUSTOMIZATION


def test_values_in_a_block_name_their_image_and_need_no_path(tmp_path):
    file = tmp_path / "web-values.yaml"
    block = f"kind: Application\nvalues: |\n  image:\n    repository: {SHOP}\n    tag: {TAG}\n"
    file.write_text(block)
    assert run(file, f"{SHOP}={NEXT}") == (0, "", "")
    assert file.read_text() == block.replace(TAG, NEXT)


IN_TEXT = f"configMapGenerator:\n- literals:\n  - SHOP={SHOP}:1\n"
APPLICATION = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {source: {chart: shop}}\n"


@pytest.mark.parametrize("options", [[], ["--create"]])
def test_nothing_is_added_at_the_top_of_an_application(tmp_path, options):
    file = tmp_path / "app-values.yaml"
    file.write_text(APPLICATION)
    assert run(file, f"{SHOP}={NEXT}", *options) == (
        1,
        "",
        (
            f"{file}:1: is of kind Application and no values file, and {SHOP} is not there; "
            "name the path to its tag with --path\n"
        ),
    )
    assert file.read_text() == APPLICATION


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("kustomization", f"{SHOP} is not in images"),
        ("helm-values", "image.tag is not there"),
        ("yaml-path", f"{SHOP} is not there"),
    ],
)
def test_nobody_is_told_to_add_what_a_literal_holds(tmp_path, kind, what):
    file = tmp_path / "kustomization.yaml"
    file.write_text(IN_TEXT)
    at = "configMapGenerator[0].literals[SHOP]"
    other = "" if kind == "yaml-path" else "kind yaml-path and "
    status, _, said = run(file, f"{SHOP}={NEXT}", "--kind", kind)
    assert (status, said) == (
        1,
        (
            f"{file}:1: {what}; line 3 (configMapGenerator[0].literals[0]) names it in a string; "
            f"name what stands behind its `=` with {other}`--path {at}`\n"
        ),
    )
    assert run(file, f"{SHOP}={NEXT}", "--kind", "yaml-path", "--path", at) == (0, "", "")
    assert file.read_text() == IN_TEXT.replace(f"{SHOP}:1", f"{SHOP}:{NEXT}")


def test_another_image_in_a_literal_is_no_reason_to_add_nothing(tmp_path):
    file = tmp_path / "kustomization.yaml"
    file.write_text(IN_TEXT.replace(SHOP, f"{SHOP}-web"))
    assert run(file, f"{SHOP}={NEXT}")[2] == (
        f"{file}:1: {SHOP} is not in images; write one, or say --create\n"
    )


@pytest.mark.parametrize("options", [[], ["--create"], ["--kind", "yaml-path"]])
def test_of_an_image_beside_an_alias_the_path_of_its_tag_is_said(tmp_path, options):
    file = tmp_path / "shop-values.yaml"
    before = f"global: {{tag: &t v1}}\nshop: {{repository: {SHOP}, tag: *t}}\n"
    file.write_text(before)
    assert run(file, f"{SHOP}={NEXT}", *options) == (
        1,
        "",
        (
            f"{file}:2: shop.tag has one value with global.tag in line 1, which does not say whose it is; "
            "write its value out, or name it by `--path global.tag`\n"
        ),
    )
    assert run(file, f"{SHOP}={NEXT}", "--path", "global.tag") == (0, "", "")
    assert file.read_text() == before.replace("v1", NEXT)


def test_no_second_path_is_asked_for_where_one_call_takes_one(tmp_path):
    file = tmp_path / "shop-values.yaml"
    file.write_text(f"global: {{tag: &t v1}}\nall: {{tag: *t}}\nshop: {{repository: {SHOP}, tag: *t}}\n")
    assert run(file, f"{SHOP}={NEXT}")[2].endswith("which does not say whose it is; write its value out\n")


CHART = "https://charts.example.org/stable/web"
CHART_FILE = "dependencies:\n- {name: web, repository: https://charts.example.org/stable, version: 1.2.3}\n"


@pytest.mark.parametrize("version", ["notaversion", "1.2", "1_2", "^1.2.3"])
def test_what_is_no_version_of_a_chart_is_a_wrong_call(tmp_path, version):
    file = tmp_path / "Chart.yaml"
    file.write_text(CHART_FILE)
    status, _, said = run(file, f"{CHART}={version}")
    assert status == 2
    assert f"{version!r} is no version of a chart: give a whole one, such as 1.2.3" in said


def test_the_folder_of_a_chart_is_its_chart_yaml(tmp_path):
    assert "holds no kustomization and no chart: name the file" in run(tmp_path, f"{CHART}=1.2.4")[2]
    (tmp_path / "Chart.yaml").write_text(CHART_FILE)
    assert run(tmp_path, f"{CHART}=1.2.4") == (0, "", "")
    assert (tmp_path / "Chart.yaml").read_text() == CHART_FILE.replace("1.2.3", "1.2.4")
    (tmp_path / "requirements.yaml").write_text(CHART_FILE)
    assert "holds Chart.yaml and requirements.yaml: name one" in run(tmp_path, f"{CHART}=1.2.5")[2]
    assert "holds no kustomization: name the file" in run(tmp_path, f"{SHOP}={NEXT}")[2]
