"""Which chart a HelmRelease of Flux asks for: by the kind, the name and the namespace of its source."""

import pytest

from updater.manifests import PinRefused, Selector, entries, read

A, B = "https://a.example.org/charts", "https://b.example.org/charts"


def document(kind: str, name: str, namespace: str, spec: str) -> str:
    said = f", namespace: {namespace}" if namespace else ""
    return f"kind: {kind}\nmetadata: {{name: {name}{said}}}\nspec: {spec}\n"


def release(namespace: str, reference: str, chart: str = "shop") -> str:
    source = f"{{chart: {chart}, version: 1.2.3, sourceRef: {{{reference}}}}}"
    return document("HelmRelease", "shop", namespace, f"{{chart: {{spec: {source}}}}}")


def file(release: str, *repositories: tuple[str, str]) -> bytes:
    sources = [document("HelmRepository", "stable", space, f"{{url: {url}}}") for space, url in repositories]
    return "---\n".join([*sources, release]).encode()


def charts(data: bytes) -> list[str]:
    return [one.image for one in entries(data, "chart")]


@pytest.mark.parametrize(
    ("namespace", "reference", "repositories", "chart"),
    [
        ("b", "name: stable", [("a", A), ("b", B)], f"{B}/shop"),
        ("a", "name: stable", [("a", A), ("b", B)], f"{A}/shop"),
        ("a", "name: stable, namespace: b", [("a", A), ("b", B)], f"{B}/shop"),
        ("", "name: stable, namespace: b", [("a", A), ("b", B)], f"{B}/shop"),
        ("b", "name: stable", [("", A), ("b", B)], f"{B}/shop"),
        ("", "name: stable", [("a", A), ("", B)], f"{B}/shop"),
        ("", "name: stable", [("", A)], f"{A}/shop"),
        ("", "name: stable", [("a", A)], f"{A}/shop"),
        ("b", "name: stable", [("", A)], f"{A}/shop"),
        ("b", "name: stable", [("a", A)], "shop"),
        ("c", "name: stable", [("a", A), ("b", B)], "shop"),
        ("a", "name: other", [("a", A)], "shop"),
    ],
)
def test_a_repository_is_found_by_its_name_and_namespace(namespace, reference, repositories, chart):
    assert charts(file(release(namespace, reference), *repositories)) == [chart]


@pytest.mark.parametrize(
    ("namespace", "repositories"),
    [("", [("a", A), ("b", B)]), ("b", [("", B), ("a", A)]), ("a", [("a", A), ("a", B)])],
)
@pytest.mark.parametrize("url", [A, B])
def test_what_may_come_from_either_of_two_is_refused_unless_its_place_is_named(namespace, repositories, url):
    data = file(release(namespace, "name: stable"), *repositories)
    with pytest.raises(PinRefused, match="HelmRepositories of lines 1 and 5; say the namespace") as refused:
        read(data, Selector("chart", f"{url}/shop"))
    assert (refused.value.code, refused.value.line) == ("ambiguous", 11)
    assert read(data, Selector("chart", f"{url}/shop", "spec.chart.spec.version")).tag == "1.2.3"


@pytest.mark.parametrize("kind", ["GitRepository", "Bucket"])
@pytest.mark.parametrize("chart", ["./charts/shop", "shop"])
def test_a_folder_of_another_source_is_no_chart(kind, chart):
    data = file(release("a", f"kind: {kind}, name: stable", chart), ("a", A))
    assert charts(data) == []
    with pytest.raises(PinRefused) as refused:
        read(data, Selector("chart", f"{A}/shop"))
    assert refused.value.code == "pin_missing"


@pytest.mark.parametrize("reference", ["name: stable", "kind: HelmRepository, name: stable"])
def test_a_source_is_a_helm_repository_unless_it_says_otherwise(reference):
    assert charts(file(release("a", reference), ("a", A))) == [f"{A}/shop"]
