# Two stages: pip and what it needs to build stay behind, the virtualenv moves on.
# The minor version is the one CI runs.
FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /opt/updater
WORKDIR /src
COPY .ci/constraints.txt .ci/constraints.txt
COPY pyproject.toml README.md LICENSE ./
COPY updater updater
RUN python -m pip --python /opt/updater/bin/python install --constraint .ci/constraints.txt '.[verify]'

FROM python:3.11-slim
# The user has a name because ssh refuses to work for a number without one.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git gpg gpg-agent openssh-client \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 updater \
    && useradd --uid 10001 --gid 10001 --home-dir /var/cache/updater --no-create-home --shell /usr/sbin/nologin updater \
    && install --directory --owner=10001 --group=10001 /var/cache/updater /etc/updater
COPY --from=build /opt/updater /opt/updater
ENV PATH=/opt/updater/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    UPDATER_CONFIG=/etc/updater \
    UPDATER_CACHE_DIR=/var/cache/updater
# By number: Kubernetes can prove only of a number that it is not root.
USER 10001:10001
WORKDIR /var/cache/updater
EXPOSE 8080
ENTRYPOINT ["updater"]
CMD ["run"]
