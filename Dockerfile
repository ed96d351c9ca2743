# The project and its environment, from the same install step as everywhere: docker build -t fdan-repro .
#   docker run --rm -it fdan-repro make repro
FROM python:3.13-slim
RUN apt-get update && apt-get install --yes --no-install-recommends git make && rm -rf /var/lib/apt/lists/*
# PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu as a build argument takes the build of torch without CUDA.
ARG PIP_EXTRA_INDEX_URL
RUN useradd --create-home fdan
USER fdan
WORKDIR /home/fdan/project
COPY --chown=fdan . .
RUN make .venv/installed
ENV PATH=/home/fdan/project/.venv/bin:$PATH
CMD ["make", "repro"]
