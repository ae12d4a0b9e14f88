import re

import pytest
from manifests.corpus import files, needs_corpus

from updater.manifests import PinRefused
from updater.manifests.composer import _file, c_events, compose, compose_text, pure_events
from updater.manifests.nodes import AliasNode, MappingNode, ScalarNode, SequenceNode
from updater.manifests.splicing import Change, Splice, apply, meaning, scalar_meaning
from updater.manifests.splicing import replace as replaced

TEXTS = [
    'a: 가 # x\r\nb: "q\\n"\r\nc: &x !!str |\n  d\n---\ne: *x\n',
    "a: 😀 b\nc: d",
    "a:\n  - b:\n    c: ''\n  -\n- \n",
    "a:  b c \n  d # x\nq: [x, {y: z}, 'it''s']\n",
    "a: >-\n  folded\n\n  text\n\n\nb: |+\n  kept\n\n# end\n",
    "? a\n: b\n? [c]\n: {d}\n",
    "%YAML 1.1\n---\na: yes\n...\n",
    "- - - a\n  -   b\n -  c\n",
    "",
    "# only a comment",
]


def told(text, parse) -> object:
    """What a parser says, and where its scalars and aliases stand."""
    try:
        file = _file(text, parse(text), marked=False)
    except PinRefused as refused:
        return refused.code
    said = [meaning(event) for event in file.events]
    return said, [leaf[1:4] for document in file.documents for leaf in scalars(document.root)]


def scalars(node):
    if isinstance(node, ScalarNode | AliasNode):
        yield node
    for child in getattr(node, "items", ()):
        yield from scalars(child)
    for pair in getattr(node, "pairs", ()):
        for child in pair:
            yield from scalars(child)


@pytest.mark.parametrize("text", TEXTS)
def test_both_parsers_say_the_same_at_the_same_places(text):
    assert told(text, c_events) == told(text, pure_events)


@needs_corpus
def test_both_parsers_say_the_same_of_the_real_files():
    differing = []
    compared = 0
    for kind in ("kustomization", "helm-values"):
        for path, data in files(kind)[::4]:
            text = data.decode("utf-8-sig")
            if len(text) > 20_000 or re.search("\t *#|[\x85\u2028\u2029]", text):
                continue  # the pure one raises on a tab before a comment; those breaks are YAML 1.1's
            compared += 1
            if told(text, c_events) != told(text, pure_events):
                differing.append(path.name)
    assert differing == []
    assert compared > 150


def test_what_only_one_parser_reads_is_read():
    assert (
        compose(b"a: [localhost:5000/b]\n").documents[0].root.pairs[0][1].items[0].value == "localhost:5000/b"
    )
    assert compose(b"a: b\t# c\n").documents[0].root.pairs[0][1].value == "b"


def test_positions_leave_the_byte_order_mark_out():
    file = compose("\ufeffa: b".encode())
    assert file.marked
    assert file.text == "a: b"
    assert file.documents[0].root.pairs[0][1].start == 3


def test_nodes_know_what_they_are_and_where():
    file = compose_text("a: &x [b, *x]\nc: !!map\n  d: 'e'\n")
    (_, sequence), (_, mapping) = file.documents[0].root.pairs
    assert isinstance(sequence, SequenceNode)
    assert (sequence.anchor, sequence.flow, sequence.line) == ("x", True, 1)
    assert isinstance(sequence.items[1], AliasNode)
    assert isinstance(mapping, MappingNode)
    assert (mapping.tag, mapping.flow) == ("tag:yaml.org,2002:map", False)
    scalar = mapping.pairs[0][1]
    assert isinstance(scalar, ScalarNode)
    assert (scalar.value, scalar.style, scalar.line, file.text[scalar.start : scalar.end]) == (
        "e",
        "'",
        3,
        "'e'",
    )
    assert file.documents[0].anchors == {"x": sequence}


def test_each_document_has_its_own_anchors():
    first, second = compose_text("a: &x 1\n---\nb: &y 2\n").documents
    assert (list(first.anchors), list(second.anchors)) == (["x"], ["y"])


@pytest.mark.parametrize(
    "data", [b'a: "\\UFFFFFFFF"', b'a: "\\U00110000"', b'a: "\\ud800"', b"a: \x00", b"!<%zz> a", b"!<%ff> a"]
)
def test_what_neither_parser_reads_is_refused(data):
    with pytest.raises(PinRefused) as refused:
        compose(data)
    assert refused.value.code == "not_yaml"


def test_an_edit_that_would_change_more_than_it_says_is_refused():
    file = compose_text("a: b\nc: d\n")
    node = file.documents[0].root.pairs[0][1]
    honest = replaced(file, node, "x")
    assert apply(file, [honest]).text == "a: x\nc: d\n"
    for text in ("x\ne: f", "!!str x", "&x x", "[x]", "x: y", '"x"', "y"):
        with pytest.raises(PinRefused) as refused:
            apply(file, [honest._replace(splices=(Splice(node.start, node.end, text),))])
        assert refused.value.code == "unproven"
    with pytest.raises(PinRefused, match="line 2"):
        apply(file, [Change((Splice(8, 9, "z"),), node.first, node.first + 1, (scalar_meaning("b", ""),))])
