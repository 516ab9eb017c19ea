# The weekly job in a container: mount the folder that holds churnpredict.toml, its tables, models/ and data/ at /srv/churn.
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
COPY docs ./docs
RUN pip install --no-cache-dir build && python -m build --wheel --outdir /wheels

FROM python:3.11-slim
# LightGBM adds up in threads by OpenMP, which slim images leave out.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir "$(ls /wheels/*.whl)[postgres,text]" && rm -r /wheels
RUN useradd --create-home churn
USER churn
WORKDIR /srv/churn
ENTRYPOINT ["churnpredict"]
CMD ["predict"]
