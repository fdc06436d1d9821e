# docker build -f app/monolith/embedded.Dockerfile \
#   --build-arg MONOLITH_IMAGE=... --build-arg DATABASE_IMAGE=... app
# The monolith with a database inside, as the seed had it; its data is in the volume /state.
ARG MONOLITH_IMAGE=dockyard/monolith:1.0.0
# Any image with a FerretDB 1.24 that keeps its data in SQLite at /ferretdb.
ARG DATABASE_IMAGE=ghcr.io/ferretdb/ferretdb:1.24.2

FROM ${DATABASE_IMAGE} AS database

FROM ${MONOLITH_IMAGE} AS state
RUN ["python3", "-c", "import os; os.mkdir('/tmp/state')"]

FROM ${MONOLITH_IMAGE}
COPY --from=database /ferretdb /ferretdb
# Docker gives a new volume the owner of the folder that it covers.
COPY --from=state --chown=10001:10001 /tmp/state /state
VOLUME /state
