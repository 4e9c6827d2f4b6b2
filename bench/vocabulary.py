"""The words of the corpus: units, their users and priorities, and what they say."""

from typing import NamedTuple


class Unit(NamedTuple):
    """One kind of speaker. `templates` are (weight, priority, text); `{…}` are filled by `corpus.Filler`."""

    name: str
    identifier: str
    exe: str
    uid: int
    transport: str
    weight: int
    templates: tuple[tuple[int, int, str], ...]


NGINX = (
    (60, 6, '{ip} - - "GET /{word}/{word}/{n} HTTP/1.1" 200 {n} "-" "Mozilla/5.0 ({word})" request {hex}'),
    (12, 6, '{ip} - {user} "POST /api/v2/{word} HTTP/1.1" 201 {n} "-" "okhttp/4.9" request {hex}'),
    (5, 4, '{ip} - - "GET /{word}.php HTTP/1.1" 404 153 "-" "curl/7.88" request {hex}'),
    (
        1,
        3,
        'upstream timed out (110: Connection timed out) while reading response header, client: {ip}, request: "{hex}"',
    ),
)
SSHD = (
    (30, 5, "Failed password for invalid user {user} from {ip} port {port} ssh2"),
    (20, 6, "Accepted publickey for {user} from {ip} port {port} ssh2: ED25519 SHA256:{hex}"),
    (20, 6, "pam_unix(sshd:session): session opened for user {user}(uid={n}) by (uid=0)"),
    (15, 6, "Connection closed by authenticating user {user} {ip} port {port} [preauth]"),
    (15, 6, "Received disconnect from {ip} port {port}:11: Bye Bye [preauth]"),
)
POSTGRES = (
    (40, 6, "LOG:  duration: {n}.{n} ms  statement: SELECT * FROM {word} WHERE {word}_id = {n}"),
    (6, 6, 'LOG:  automatic vacuum of table "{word}.public.{word}": index scans: 0 pages: {n} removed'),
    (8, 4, "WARNING:  there is no transaction in progress"),
    (3, 3, "ERROR:  deadlock detected\n\tDETAIL:  Process {n} waits for ShareLock on transaction {n}"),
    (2, 3, "FATAL:  connection refused: too many clients already"),
)
APPLICATION = (
    (50, 6, '{{"level":"info","msg":"{word} {word} completed","request_id":"{uuid}","took_ms":{n},"tenant":"{word}"}}'),
    (20, 6, "handled request {uuid} for {word} in {n} ms, {n} rows, cache {word}"),
    (8, 4, "retry {n} of 5: {word} service did not answer within {n} ms"),
    (4, 3, "connection refused by {ip}:{port} while calling {word}-{word}"),
    (
        1,
        2,
        'Traceback (most recent call last):\n  File "/srv/app/{word}.py", line {n}, in {word}\n'
        "    raise {word}Error\n{word}Error: {word} {hex}",
    ),
    (1, 3, "\x1b[31merror\x1b[0m {word} failed: exit status {n}"),
)
SYSTEMD = (
    (40, 6, "Started {word}-{word}.service - {word} {word} service."),
    (40, 6, "{word}-{word}.service: Deactivated successfully."),
    (10, 6, "{word}.service: Consumed {n}.{n}s CPU time."),
    (2, 4, "{word}.service: Main process exited, code=exited, status={n}/FAILURE"),
    (1, 3, "Failed to start {word}.service - {word} daemon."),
)
CRON = (
    (50, 6, "({user}) CMD (/usr/local/bin/{word} --{word} {n} >/dev/null 2>&1)"),
    (5, 6, "session closed for user {user}"),
)
KERNEL = (
    (30, 4, "[UFW BLOCK] IN=eth0 OUT= SRC={ip} DST={ip} LEN={n} TTL=54 ID={n} PROTO=TCP SPT={port} DPT={port}"),
    (10, 6, "br-{hex}: port {n}(veth{hex}) entered forwarding state"),
    (2, 3, "Out of memory: Killed process {n} ({word}) total-vm:{n}kB, anon-rss:{n}kB, file-rss:0kB"),
)
KUBELET = (
    (40, 6, 'I1123 {n} {word}_manager.go:{n}] "{word} {word} pod" pod="default/{word}-{hex}" volume="{word}"'),
    (
        10,
        3,
        'E1123 {n} pod_workers.go:{n}] "Error syncing pod, skipping" err="failed to \\"StartContainer\\" for {word}"',
    ),
)

UNITS = (
    Unit("nginx.service", "nginx", "/usr/sbin/nginx", 33, "stdout", 30, NGINX),
    Unit("ssh.service", "sshd", "/usr/sbin/sshd", 0, "syslog", 12, SSHD),
    Unit("postgresql@15-main.service", "postgres", "/usr/lib/postgresql/15/bin/postgres", 107, "stdout", 12, POSTGRES),
    Unit("orders.service", "orders", "/srv/app/bin/orders", 998, "stdout", 14, APPLICATION),
    Unit("billing.service", "billing", "/srv/app/bin/billing", 997, "journal", 8, APPLICATION),
    Unit("init.scope", "systemd", "/usr/lib/systemd/systemd", 0, "journal", 8, SYSTEMD),
    Unit("cron.service", "CRON", "/usr/sbin/cron", 0, "syslog", 5, CRON),
    Unit("kubelet.service", "kubelet", "/usr/bin/kubelet", 0, "stdout", 7, KUBELET),
    Unit("", "kernel", "", 0, "kernel", 4, KERNEL),
)

_WORDS = (
    "request order invoice session cache worker queue node cluster update config volume image snapshot "
    "shard replica leader backup account billing payment customer product tenant webhook topic partition "
    "consumer gateway route token metric alert index batch stream bucket object policy quota limit "
    "health probe deploy rollout checkpoint journal mailer search report export import archive audit "
    "login signup profile avatar thumbnail"
)
WORDS = tuple(_WORDS.split(" "))
USERS = ("root", "deploy", "admin", "ubuntu", "git", "alice", "bob", "carol", "backup", "www-data", "monitor")
