"""What can be wrong with a hub, from its data directory and from the collector that runs on it."""

import fcntl
import json
import os
import shutil
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from journalhub.access.authority import AuthorityError
from journalhub.access.tls import choose_files
from journalhub.collector.hub import version
from journalhub.collector.settings import DEFAULT_FILE, TABLE, parse_address
from journalhub.journal.findings import Finding, Look, ok, warning, wrong
from journalhub.journal.settings import Values, load

CONNECT_SECONDS = 5.0
"""For the collector to answer."""

FREE_SHARE = 0.05
"""Of the disk; below it retention or a larger disk is due."""

CERTIFICATE_DAYS = 14
"""Below so many days left somebody should look at the certificate: the hub's own is renewed long before."""


def looks(environ: Mapping[str, str], argv: tuple[str, ...] = ()) -> list[tuple[str, Look]]:
    """What to look at on this machine, as its collector is set up."""
    values = load("journalhub collector", TABLE, argv, environ, default_file=DEFAULT_FILE)
    return [
        ("data directory", lambda: _data_directory(values)),
        ("certificate", lambda: _certificate(values)),
        ("collector", lambda: _collector(values)),
    ]


def has_hub(environ: Mapping[str, str], argv: tuple[str, ...] = ()) -> bool:
    """Whether a collector has ever been set up here."""
    values = load("journalhub collector", TABLE, argv, environ, default_file=DEFAULT_FILE)
    return values.is_given("data-dir") or Path(values["data-dir"]).exists() or DEFAULT_FILE.exists()


def _data_directory(values: Values) -> Iterator[Finding]:
    directory: Path = values["data-dir"]
    if not directory.exists():
        yield warning("data directory", f"{directory} does not exist yet", "the collector makes it at its first start")
        return
    if not os.access(directory, os.R_OK | os.X_OK):
        yield warning("data directory", f"{directory} may not be read by this user", "run the doctor as root")
        return
    mode = directory.stat().st_mode & 0o077
    if mode:
        yield wrong(
            "data directory", f"others may look into {directory}: it holds everybody's logs", f"chmod 700 {directory}"
        )
    usage = shutil.disk_usage(directory)
    share = usage.free / usage.total
    gib = usage.free / 2**30
    limited = any(values[name] is not None for name in ("retention-days", "retention-bytes", "retention-free"))
    if share < FREE_SHARE:
        yield wrong("disk", f"{gib:.1f} GiB are free ({share:.0%})", "set --retention-free, or give it a larger disk")
    elif not limited:
        yield warning(
            "disk", f"{gib:.1f} GiB are free, and nothing is ever removed", "set --retention-days or --retention-free"
        )
    else:
        yield ok("disk", f"{gib:.1f} GiB are free ({share:.0%})")
    yield ok("data directory", f"{directory}, {'in use by a collector' if _is_in_use(directory) else 'not in use'}")


def _is_in_use(directory: Path) -> bool:
    try:
        with (directory / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _certificate(values: Values) -> Iterator[Finding]:
    try:
        files = choose_files(
            values["data-dir"], values["tls-certificate"], values["tls-key"], values["tls-client-authority"]
        )
        if files is None:
            open_to = [text for text in values["listen"] if not parse_address(text).is_loopback]
            if open_to:
                yield wrong("TLS", f"off, though it listens on {', '.join(open_to)}", "journalhub ca init")
            else:
                yield ok("TLS", "off; it listens on this machine only")
            return
        end = ssl.cert_time_to_seconds(_decoded(files.certificate)["notAfter"])
    except (AuthorityError, OSError, ValueError, KeyError) as error:
        yield wrong("certificate", str(error), "see docs/security.md")
        return
    days = (end - time.time()) / 86_400
    if days < CERTIFICATE_DAYS:
        yield wrong("certificate", f"{files.certificate}: {days:.0f} days are left", "journalhub ca renew, or your own")
    else:
        yield ok("certificate", f"{files.certificate}: {days:.0f} days are left")


def _decoded(path: Path) -> dict[str, str]:
    from cryptography import x509

    found = x509.load_pem_x509_certificate(path.read_bytes())
    return {"notAfter": found.not_valid_after_utc.strftime("%b %d %H:%M:%S %Y GMT")}


def _collector(values: Values) -> Iterator[Finding]:
    """Whether the one that should run here does, and is ready."""
    where = parse_address(values["listen"][0])
    host = where.host or "127.0.0.1"
    host = f"[{host}]" if ":" in host else host
    context = ssl.create_default_context()
    context.check_hostname = False  # it is asked over loopback, under whatever name; nothing secret is said
    context.verify_mode = ssl.CERT_NONE
    for scheme in ("https", "http"):
        url = f"{scheme}://{host}:{where.port}"
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=CONNECT_SECONDS, context=context):
                yield ok("collector", f"{url} is ready")
            yield from _fleet(url, context)
            return
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace").strip()
            yield wrong("collector", f"{url} is not ready: {said}", "journalctl -u journalhub-collector")
            return
        except (OSError, ValueError):
            continue
    yield wrong("collector", f"nothing answers on {where}", "systemctl start journalhub-collector")


def _fleet(url: str, context: ssl.SSLContext) -> Iterator[Finding]:
    """How the nodes are, where that may be asked without a token."""
    try:
        with urllib.request.urlopen(f"{url}/api/v1/status", timeout=CONNECT_SECONDS, context=context) as answer:
            status = json.load(answer)
        with urllib.request.urlopen(f"{url}/api/v1/nodes", timeout=CONNECT_SECONDS, context=context) as answer:
            nodes = json.load(answer)["nodes"]
    except urllib.error.HTTPError as error:
        if error.code == 401:
            yield ok("authentication", "on; how the nodes are is told to readers: jhctl --list-hosts")
            return
        raise
    if status.get("version") != version():
        yield warning("version", f"{status.get('version')} runs, {version()} is installed", "restart the collector")
    for sentence in status["health"]:
        yield wrong("store", sentence, "docs/operations.md, Troubleshooting")
    for state in ("silent", "behind"):
        names = sorted({node["hostname"] for node in nodes if node["state"] == state})
        if names:
            shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
            yield warning("nodes", f"{len(names)} {state}: {shown}", "journalhub doctor, on the node")
    if at_risk := sorted({node["hostname"] for node in nodes if node["at_risk"]}):
        remedy = "mend the way from there, or raise SystemMaxUse= there"
        yield wrong("nodes", f"journald will soon delete unshipped entries on {', '.join(at_risk[:5])}", remedy)
    missing = sum(node["missing"] for node in nodes)
    if missing:
        yield warning(
            "gaps", f"{missing} entries that nodes wrote are missing here", "the page's Fleet tells which and why"
        )
    yield ok("nodes", f"{len(nodes)} known")
