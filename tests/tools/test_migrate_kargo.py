"""`updater migrate` from Kargo: recognised, and told what would correspond."""

from tools.migrating import refused, text

WAREHOUSE = """
    apiVersion: kargo.akuity.io/v1alpha1
    kind: Warehouse
    metadata: {name: shop}
    spec:
      subscriptions:
      - image: {repoURL: ghcr.io/acme/shop, constraint: ^1}
      - image: {repoURL: ghcr.io/acme/jobs, imageSelectionStrategy: NewestBuild}
      - git: {repoURL: https://github.com/acme/shop.git}
"""
STAGES = """
    apiVersion: kargo.akuity.io/v1alpha1
    kind: Stage
    metadata: {name: staging}
    spec:
      requestedFreight:
      - {origin: {kind: Warehouse, name: shop}, sources: {direct: true}}
      promotionTemplate:
        spec:
          steps:
          - {uses: kustomize-set-image, config: {path: ./src/env/staging}}
    ---
    apiVersion: kargo.akuity.io/v1alpha1
    kind: Stage
    metadata: {name: Production}
    spec:
      requestedFreight:
      - origin: {kind: Warehouse, name: shop}
        sources: {stages: [staging], requiredSoakTime: 1h}
      promotionTemplate:
        spec:
          steps:
          - {uses: git-open-pr}
"""


def test_each_warehouse_and_stage_is_told_what_it_would_be(tmp_path):
    said = refused(tmp_path, {"kargo/a.yaml": text(WAREHOUSE), "kargo/b.yaml": text(STAGES)})
    expected = """
        not carried over, 5 places:
        kargo/a.yaml:6 (Warehouse shop): would be an app with `images: [ghcr.io/acme/shop]`, and `follow:
         {"semver": {"range": "^1"}}`
        kargo/a.yaml:7 (Warehouse shop): would be an app with `images: [ghcr.io/acme/jobs]`, and `follow:
         {created: …}` with a pattern of its tags
        kargo/a.yaml:8 (Warehouse shop): promotes commits: nothing here does
        kargo/b.yaml:1 (Stage staging): would be an environment staging: `{deliver: push}`, with `path:`
         from ./src/env/staging
        kargo/b.yaml:12 (Stage Production): would be an environment production: `{after: staging, gates:
         {soak: 1h}, deliver: pull-request}`
        Kargo: updater init writes a config of the manifests; these lines say what Warehouses and Stages
         would be
    """
    lines = [line.strip() for line in said.splitlines()[1:]]
    assert "\n".join(lines) == text(expected).replace("\n ", " ").strip()
