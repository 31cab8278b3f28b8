# tagboat of this checkout, with git and the client that it builds images with; no engine, no root, no pip.
#   docker build --tag localhost/tagboat .
# BASE is a Debian 13. A build context `wheels` has the dependencies where no index can be asked:
#   docker build --build-context wheels=FOLDER --build-arg PIP_NO_INDEX=1 .
ARG BASE=debian:trixie-slim

FROM scratch AS wheels

FROM ${BASE} AS system
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        ca-certificates docker-buildx docker-cli git openssh-client python3 \
    && rm -rf /var/lib/apt/lists/*

FROM system AS environment
ARG PIP_NO_INDEX
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends python3-venv
COPY . /opt/tagboat/
RUN --mount=from=wheels,target=/wheels cd /opt/tagboat \
    && PIP_FIND_LINKS=/wheels .ci/install /opt/tagboat/environment \
    && environment/bin/python -m pip uninstall --quiet --yes pip \
    && environment/bin/python -m compileall -q src \
    && rm -r .ci requirements

FROM system
COPY --from=environment /opt/tagboat /opt/tagboat
# Any user may run it, `docker run --user` too: what the client keeps at home is kept here.
RUN ln -s /opt/tagboat/environment/bin/tagboat /usr/local/bin/tagboat \
    && useradd --uid 1000 --home-dir /home/tagboat --shell /bin/sh tagboat \
    && install --directory --mode 1777 /home/tagboat
ENV HOME=/home/tagboat
LABEL org.opencontainers.image.title="tagboat" org.opencontainers.image.licenses="MIT"
USER 1000:1000
WORKDIR /repository
ENTRYPOINT ["tagboat"]
CMD ["--help"]
