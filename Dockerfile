# Build: python environment from the locked, hashed runtime requirements, and the package itself.
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/yibaobox
COPY requirements-run.lock ./
RUN /opt/yibaobox/bin/pip install --no-cache-dir --require-hashes -r requirements-run.lock
COPY pyproject.toml README.md LICENSE ./
COPY services services
COPY mocks mocks
RUN /opt/yibaobox/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

# Run: no build tools of the system, no root.
FROM python:3.11-slim
RUN useradd --system --uid 10001 --create-home --home-dir /data yibaobox
COPY --from=build /opt/yibaobox /opt/yibaobox
ENV PATH=/opt/yibaobox/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    YIBAOBOX_DATA=/data \
    YIBAOBOX_PORT=8097
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8097
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=4s --start-period=30s --retries=5 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"YIBAOBOX_PORT\"]}/_sandbox/health', timeout=3)"]
ENTRYPOINT ["yibaobox"]
# Beyond loopback the control routes ask for the token of YIBAOBOX_CONTROL_TOKEN.
CMD ["up", "--host", "0.0.0.0", "--port", "8097"]
