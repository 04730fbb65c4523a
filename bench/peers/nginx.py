"""nginx, as the upstream that all candidates stand before, and as one of the candidates."""

import json
from collections.abc import Mapping
from pathlib import Path

from bench.peers.ownkey_gateway import CLOUD_ID

SMALL, LARGE = 2 * 1024, 64 * 1024

_FRAME = """
daemon off; master_process off; worker_processes 1; pid {place}/pid; error_log {place}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; default_type application/json; keepalive_requests 100000000; keepalive_timeout 600s;
  client_body_temp_path {place}/body; proxy_temp_path {place}/proxy; client_max_body_size 0;
  fastcgi_temp_path {place}/x; uwsgi_temp_path {place}/x; scgi_temp_path {place}/x;
  {rest}
}}
"""
_UPSTREAM = """
  sendfile on; tcp_nopush on; open_file_cache max=10; open_file_cache_valid 600s;
  map $http_x_bench_size $size {{ default small; large large; }}
  ssl_certificate {place}/certificate.pem; ssl_certificate_key {place}/key.pem;
  server {{ listen 127.0.0.1:{plain}; root {place}/plain; {answers} }}
  server {{ listen 127.0.0.1:{tls} ssl; root {place}/tls; {answers} }}
"""
_ANSWERS = """
    location / {
      if ($request_method = POST) { return 204; }
      rewrite ^ /$size.json break;
    }
"""
_PROXY = """
  upstream u{place} {{ server {authority}; keepalive 128; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass {scheme}://u{place}; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Authorization "{authorization}";
      proxy_ssl_trusted_certificate {certificate}; proxy_ssl_verify on; proxy_ssl_name 127.0.0.1;
      proxy_request_buffering off;
    }}
  }}
"""


def upstream_configuration(place: Path, *, plain: int, tls: int) -> Path:
    """Write what the upstream needs into a folder that has its certificate; return its configuration.

    It answers every path with a Jira issue of 2 KB, or of 64 KB with the header `X-Bench-Size: large`.
    """
    for folder, origin in (("plain", f"http://127.0.0.1:{plain}"), ("tls", f"https://127.0.0.1:{tls}")):
        (place / folder).mkdir()
        for name, size in (("small", SMALL), ("large", LARGE)):
            (place / folder / f"{name}.json").write_bytes(_issues(size, origin=origin))
    rest = _UPSTREAM.format(place=place, plain=plain, tls=tls, answers=_ANSWERS)
    return _written(place / "upstream.conf", place, rest)


def proxy_configuration(
    place: Path, *, authorization: str, certificate: Path, routes: Mapping[int, str]
) -> Path:
    """Write nginx's configuration as a proxy from ports to URLs; return it."""
    place.mkdir(exist_ok=True)
    servers = (
        _PROXY.format(
            place=number,
            port=port,
            scheme=url.partition("://")[0],
            authority=url.partition("://")[2],
            authorization=authorization,
            certificate=certificate,
        )
        for number, (port, url) in enumerate(routes.items())
    )
    return _written(place / "proxy.conf", place, "".join(servers))


def _written(file: Path, place: Path, rest: str) -> Path:
    file.write_text(_FRAME.format(place=place, rest=rest))
    return file


def _issues(size: int, *, origin: str) -> bytes:
    """Return JSON of about this size as Jira writes it: three links in every other kilobyte, and prose."""
    base = f"{origin}/ex/jira/{CLOUD_ID}"
    issues: list[dict[str, object]] = []
    while True:
        number = 10_001 + len(issues)
        text = "As a person I want to see what is planned, so that I can say what is missing. "
        issues.append(
            {
                "id": str(number),
                "self": f"{base}/rest/api/3/issue/{number}",
                "key": f"ACME-{number}",
                "description": text * 16,
                "avatar": f"https://avatar.example/{number}?size=48",
                "status": {"self": f"{base}/rest/api/3/status/3"},
                "reporter": {"self": f"{base}/rest/api/3/user?accountId=557058:{number}"},
            }
        )
        body = json.dumps({"issues": issues}, separators=(",", ":")).encode()
        if len(body) >= size * 0.75:
            return body + b" " * max(size - len(body), 0)
