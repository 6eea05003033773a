"""A Dockerfile and an Apptainer definition."""

from __future__ import annotations

from wrappers.tool import LICENCE, MADE, NAME, SUMMARY, VERSION

BASE = "python:3.12-slim-bookworm"
FILES_OF_SOURCES = ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "constraints.txt")
FOLDERS_OF_SOURCES = ("objclass", "workflows")
EXTRAS = "anndata,imagej,onnx,remote"


def dockerfile() -> str:
    """Return a Dockerfile, to be built in the root of a clone."""
    folders = "\n".join(f"COPY {name} /opt/{NAME}/{name}" for name in FOLDERS_OF_SOURCES)
    return f"""\
# {MADE}
# In a clone: docker build -f wrappers/container/Dockerfile -t {NAME}:{VERSION} .
#             docker run --rm -v "$PWD:/work" {NAME}:{VERSION} run cells.yaml
FROM {BASE}
LABEL org.opencontainers.image.title="{NAME}" \\
      org.opencontainers.image.version="{VERSION}" \\
      org.opencontainers.image.description="{SUMMARY}" \\
      org.opencontainers.image.licenses="{LICENCE}"
# Nobody in a container need be root.
RUN useradd --create-home --uid 1000 {NAME}
COPY {" ".join(FILES_OF_SOURCES)} /opt/{NAME}/
{folders}
# Machine code is compiled beside the package, so that no run in the container has to.
RUN pip install --no-cache-dir -c /opt/{NAME}/constraints.txt "/opt/{NAME}[{EXTRAS}]" \\
    && {NAME} warm
USER 1000
ENV OMP_NUM_THREADS=1 \\
    OPENBLAS_NUM_THREADS=1
WORKDIR /work
ENTRYPOINT ["{NAME}"]
CMD ["--help"]
"""


def apptainer() -> str:
    """Return an Apptainer (Singularity) definition, to be built in the root of a clone."""
    sources = (*FILES_OF_SOURCES, *FOLDERS_OF_SOURCES)
    copied = "\n".join(f"    {name} /opt/{NAME}/{name}" for name in sources)
    return f"""\
# {MADE}
# In a clone: apptainer build {NAME}.sif wrappers/container/{NAME}.def
#             apptainer run {NAME}.sif run cells.yaml
Bootstrap: docker
From: {BASE}

%labels
    org.opencontainers.image.title {NAME}
    org.opencontainers.image.version {VERSION}
    org.opencontainers.image.licenses {LICENCE}

%help
    {SUMMARY}.
    apptainer run-help shows this; apptainer run {NAME}.sif --help shows all commands.

%files
{copied}

%post
    pip install --no-cache-dir -c /opt/{NAME}/constraints.txt "/opt/{NAME}[{EXTRAS}]"
    {NAME} warm

%environment
    export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

%runscript
    exec {NAME} "$@"

%test
    {NAME} --version
"""


FILES = {"container/Dockerfile": dockerfile, f"container/{NAME}.def": apptainer}
