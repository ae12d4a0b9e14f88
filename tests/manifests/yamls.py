"""To make up YAML files that hold an image in every style there is; cheap, for thousands of examples."""

from hypothesis import strategies as some

NAMES = ("app", "ghcr.io/org/shop", "localhost:5000/a", "결제", "side")
VALUES = (
    "v1",
    "20260101-000000",
    "1.10",
    "6e60951",
    "yes",
    "'v1'",
    '"v1"',
    '"a\\tb"',
    "''",
    "~",
    "",
    "v1 v2",
    "a\\b",
)
ODD = (
    "*x",
    "&y v1",
    "!!str v1",
    "{{ tag }}",
    "[v1]",
    ">-\n    v1",
    "|\n    v1",
    "#{X}#",
    "v1@sha256:ab",
    "'a\n\n    b'",
)
COMMENTS = ("", "", "  # 메모", "\t# tab", "   ", " #", " # {{ x }}")
FILLERS = (
    "",
    "\n",
    "# comment ☕\n",
    "resources: [a.yaml,b.yaml]\n",
    "labels: &x {a: b}\n",
    "other: *x\n",
    "patch: |-\n  - op: add\n\n    path: /x\n",
    "note: >\n  one\n\n  two\n",
    "images2:\n- name: app\n  newTag: v1\n",
    'text: "one\n\n  two"\n',
    "tags: !!set {a}\n",
    "namespace: shop   \n",
    "list:\n  - a\n  -   b: c\n",
    "<<: {q: r}\n",
    "\t\n",
    "broken: [\n",
    "name: 'images:'\n",
)
KEYS = (*["newTag"] * 6, "newName", "newName", "digest", "newtag", "tagSuffix", "<<", "name")

one_of = some.sampled_from
comments = one_of(COMMENTS)
values = one_of(VALUES * 3 + ODD)


@some.composite
def block_entries(draw):
    indent = draw(one_of(("", "  ", "    ")))
    dash = draw(one_of(("- ", "-   ")))
    lines = [f"name: {draw(one_of(NAMES))}{draw(comments)}"]
    for _ in range(draw(some.integers(0, 2))):
        key = draw(one_of(KEYS))
        lines.append(f"{key}: {draw(one_of(NAMES) if key == 'newName' else values)}{draw(comments)}")
    blank = draw(one_of(("", "", "\n")))
    return indent + dash + f"\n{blank}{indent}{' ' * len(dash)}".join(lines) + "\n"


@some.composite
def flow_entries(draw):
    pairs = [f"name: {draw(one_of(NAMES))}", f"newTag: {draw(one_of(VALUES))}"]
    return "{" + draw(one_of((", ", ",", " , "))).join(pairs[: draw(some.integers(1, 2))]) + "}"


@some.composite
def images(draw):
    shape = draw(some.integers(0, 9))
    if shape == 0:
        return draw(
            one_of(("", "images: []\n", "images:\n", "images: [] # c\n", "images: ~\n", "images: {}\n"))
        )
    if shape == 1:
        return (
            "images: ["
            + ", ".join(draw(some.lists(flow_entries(), max_size=3)))
            + "]"
            + draw(comments)
            + "\n"
        )
    if shape == 2:
        return "images:\n" + "".join(f"- {entry}\n" for entry in draw(some.lists(flow_entries(), max_size=3)))
    return "images:" + draw(comments) + "\n" + "".join(draw(some.lists(block_entries(), max_size=3)))


@some.composite
def values_files(draw):
    lead = draw(one_of(("image:\n  ", "image: {", "a:\n  image:\n    ")))
    separator = {"{": ", "}.get(lead[-1], "\n" + lead.rpartition("\n")[2])
    tag = draw(one_of(VALUES) if lead[-1] == "{" else values)
    pairs = [f"repository: {draw(one_of(NAMES))}", f"tag: {tag}"]
    pairs += draw(one_of(([], ["digest: ''"], ["digest: sha256:ab"], ["pullPolicy: Always"])))
    tail = "}" if lead[-1] == "{" else ""
    return lead + separator.join(pairs) + tail + draw(comments) + "\n"


@some.composite
def files(draw):
    """Fillers around one `images:` or `image:`; LF or CRLF, with or without mark and final newline."""
    body = draw(images()) if draw(some.integers(0, 3)) else draw(values_files())
    text = draw(one_of(("", "", "---\n", "%YAML 1.1\n---\n", "kind: Component\n", "# 운영\n")))
    text += "".join(draw(some.lists(one_of(FILLERS), max_size=2)))
    text += body + draw(one_of(FILLERS))
    text += draw(one_of(("", "", "", "---\nimages:\n- name: app\n  newTag: v1\n", "...\n")))
    text = text.rstrip("\n") if draw(one_of((False, False, True))) else text
    text = text.replace("\n", "\r\n") if draw(one_of((False, False, True))) else text
    return ("\ufeff" + text if draw(one_of((False, False, False, True))) else text).encode()
