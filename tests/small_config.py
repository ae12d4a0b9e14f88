"""A small config that is right, and a way to write it with something changed."""

MAIN = """\
instance: acme
repositories:
  deploy: {url: https://github.com/org/deploy.git}
forges:
  github.com: {token_env: GITHUB_TOKEN}
registries:
  ghcr.io: {username_env: GHCR_USERNAME, password_env: GHCR_TOKEN}
commit: {email: updater@example.org}
environments:
  staging:
    repository: deploy
    path: apps/{app}/staging
    deliver: push
  production:
    repository: deploy
    path: apps/{app}/production
    after: staging
    gates:
      soak: 30m
    deliver: pull-request
"""
SHOP = """\
app: shop
images: [ghcr.io/org/shop]
environments:
  - staging
  - production
"""
HOSTS = """\
forges:
  github.com: {token_env: GITHUB_TOKEN}
registries:
  ghcr.io: {username_env: GHCR_USERNAME, password_env: GHCR_TOKEN}
"""


def write(folder, *changes, **apps):
    """Its folder; `changes` replace text in it, `apps` are files besides, by name."""
    texts = {"updater.yaml": MAIN, "apps/shop.yaml": SHOP}
    for old, new in changes:
        assert sum(text.count(old) for text in texts.values()) == 1, old
        texts = {path: text.replace(old, new) for path, text in texts.items()}
    texts |= {f"apps/{name}.yaml": text for name, text in apps.items()}
    (folder / "config" / "apps").mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        (folder / "config" / path).write_text(text)
    return folder / "config"
