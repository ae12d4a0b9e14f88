# Two stages: pip and what it needs to build stay behind, the virtualenv moves on.
# The minor version is the one CI runs; `make image BASE=…@sha256:…` pins it to the byte.
ARG BASE=python:3.11-slim

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /opt/updater && python -m venv --without-pip /opt/sbom
WORKDIR /src
COPY .ci/constraints.txt .ci/sbom.py .ci/
COPY pyproject.toml README.md LICENSE ./
COPY updater updater
# Whence packages come is the builder's own affair: mounted while pip runs, and in no layer.
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    --mount=type=secret,id=ca.pem,target=/run/secrets/ca.pem \
    python -m pip --python /opt/updater/bin/python install --constraint .ci/constraints.txt '.[cluster,verify]' \
    && python -m pip --python /opt/sbom/bin/python install --constraint .ci/constraints.txt cyclonedx-python-lib \
    && mv .ci/sbom.py /opt/sbom/

FROM ${BASE}
# The user has a name because ssh refuses to work for a number without one.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git gpg gpg-agent openssh-client tini \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log \
    && groupadd --gid 10001 updater \
    && useradd --uid 10001 --gid 10001 --home-dir /var/cache/updater --no-create-home --shell /usr/sbin/nologin updater \
    && install --directory --owner=10001 --group=10001 /var/cache/updater /etc/updater
COPY --from=build /opt/updater /opt/updater
# What is in here, Debian's packages and Python's, as scanners read it; what lists it stays behind.
RUN --mount=type=bind,from=build,source=/opt/sbom,target=/opt/sbom \
    mkdir /usr/share/sbom \
    && /opt/sbom/bin/python -B /opt/sbom/sbom.py python /opt/updater/bin/python >/usr/share/sbom/updater.cdx.json
ENV PATH=/opt/updater/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    UPDATER_CONFIG=/etc/updater \
    UPDATER_CACHE_DIR=/var/cache/updater
# By number: Kubernetes can prove only of a number that it is not root.
USER 10001:10001
WORKDIR /var/cache/updater
EXPOSE 8080
# Kubernetes asks by HTTP instead, and does not look at this.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["updater", "probe"]
# Before Python has come so far as to ask for signals, the first process would have lost some.
ENTRYPOINT ["tini", "--", "updater"]
CMD ["run"]
# Last, for they change with each commit; `make image` fills them from Git.
ARG BASE
ARG SOURCE=""
ARG REVISION=""
ARG VERSION=""
ARG CREATED=""
LABEL org.opencontainers.image.title="updater" \
    org.opencontainers.image.description="Keeps the image tags of a GitOps deploy repository right, environment by environment, and explains itself." \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.source="${SOURCE}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.created="${CREATED}" \
    org.opencontainers.image.base.name="${BASE}"
