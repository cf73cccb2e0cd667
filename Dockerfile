# The service, alone: a static binary, the certificates of the public
# authorities and the time zones. No shell, no package manager.
#
#	docker build -t securetext .
#	docker run --rm --read-only --cap-drop ALL -v data:/data -p 8443:8443 \
#		-e SECURETEXT_HTTP_ADDR=0.0.0.0:8443 securetext
#
# Settings come as SECURETEXT_ variables or as a file that SECURETEXT_CONFIG
# names; the image sets none, as its variables would win over that file.
# configs/compose.yaml runs it with Postgres and Redis.

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/securetext ./cmd/securetext
RUN mkdir -p /out/data /out/tmp && chmod 700 /out/data && chmod 1777 /out/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /usr/share/
COPY --from=build /out/tmp /tmp
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build /out/securetext /securetext
COPY LICENSE /LICENSE
ENV ZONEINFO=/usr/share/zoneinfo.zip
USER 65532:65532
# Embedded mode keeps its store and keys in ./securetext-data: in this volume.
WORKDIR /data
VOLUME /data
EXPOSE 587 2587 8443 8444
# It asks /readyz of OPS_ADDR, which only this container can reach.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["/securetext", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/securetext"]
CMD ["serve"]
