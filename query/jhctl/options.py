"""The options of jhctl: one table feeds the parser, --help and docs/jhctl.md."""

from typing import NamedTuple

SOURCE = "Source Options"
FILTER = "Filtering Options"
OUTPUT = "Output Control Options"
PAGER = "Pager Control Options"
COMMANDS = "Commands"
LOCAL = "Options of journalctl that are refused"


class Option(NamedTuple):
    """One option. `name` identifies it in the code and is its first long spelling."""

    group: str
    short: str
    name: str
    argument: str
    """What --help calls the argument; empty for none, in brackets when it may be left out."""
    help: str
    common: bool = False
    """Whether -h shows it, too."""
    refused: str = ""
    """Why there is no such option here, and what to do instead; empty when there is one."""
    values: str = ""
    """What completion offers for the argument: a kind of `completion.KINDS`, or `file`."""


_LOCAL_FILES = "it opens files of this machine; use journalctl, or `journalhub shipper --once` to have them here"
_LOCAL_DAEMON = "it is for the journald of one machine; run journalctl there"
_VACUUM = "journalctl does that to a node's journal; the collector keeps to its --retention- settings"
_SEALING = "journals are sealed on their own machine; run journalctl there, `journalhub verify` for the hub's store"

OPTIONS: tuple[Option, ...] = (
    Option(SOURCE, "", "collector", "URL", "Address of the collector (or JOURNALHUB_COLLECTOR)", common=True),
    Option(
        SOURCE,
        "H",
        "host",
        "GLOB",
        "Show entries of these hosts: names, globs or machine ids",
        common=True,
        values="host",
    ),
    Option(SOURCE, "M", "machine", "GLOB", "The same as --host", values="host"),
    Option(SOURCE, "", "system", "", "Show what journald keeps in the journal of the system"),
    Option(SOURCE, "", "user", "", "Show what is in journals of users; with -u, units of users"),
    Option(SOURCE, "m", "merge", "", "Show no lines between boots (all hosts are shown anyway)"),
    Option(
        SOURCE, "", "namespace", "NAMESPACE", "Show entries of this journal namespace, * for all", values="namespace"
    ),
    Option(FILTER, "", "search", "QUERY", "Show entries that match a query of the search language", common=True),
    Option(FILTER, "S", "since", "DATE", "Show entries not older than the specified date", common=True),
    Option(FILTER, "U", "until", "DATE", "Show entries not newer than the specified date", common=True),
    Option(FILTER, "c", "cursor", "CURSOR", "Show entries starting at the specified cursor"),
    Option(FILTER, "", "after-cursor", "CURSOR", "Show entries after the specified cursor"),
    Option(FILTER, "", "cursor-file", "FILE", "Show entries after the cursor in FILE and update FILE", values="file"),
    Option(
        FILTER,
        "b",
        "boot",
        "[ID]",
        "Show the current boot of each host, or the specified boot",
        common=True,
        values="boot",
    ),
    Option(FILTER, "u", "unit", "UNIT", "Show entries of and about the specified unit", common=True, values="unit"),
    Option(FILTER, "", "exclude-unit", "UNIT", "Hide entries of and about the specified unit", values="unit"),
    Option(FILTER, "", "user-unit", "UNIT", "Show entries of and about the specified user unit", values="user-unit"),
    Option(FILTER, "", "uid", "UID", "Make --user-unit mean units of this user; alone, entries of this user"),
    Option(FILTER, "", "invocation", "ID", "Show entries of the matching invocation of the unit"),
    Option(FILTER, "I", "latest-invocation", "", "Show entries of the latest invocation of the unit"),
    Option(
        FILTER,
        "t",
        "identifier",
        "STRING",
        "Show entries with the specified syslog identifier",
        common=True,
        values="identifier",
    ),
    Option(
        FILTER,
        "T",
        "exclude-identifier",
        "STRING",
        "Hide entries with the specified syslog identifier",
        values="identifier",
    ),
    Option(
        FILTER,
        "p",
        "priority",
        "RANGE",
        "Show entries within the specified priority range",
        common=True,
        values="priority",
    ),
    Option(
        FILTER,
        "",
        "facility",
        "FACILITY",
        "Show entries with the specified facilities, comma separated",
        values="facility",
    ),
    Option(FILTER, "g", "grep", "PATTERN", "Show entries with MESSAGE matching PATTERN (PCRE2)", common=True),
    Option(FILTER, "", "case-sensitive", "[BOOL]", "Force case sensitive or insensitive matching", values="boolean"),
    Option(FILTER, "k", "dmesg", "", "Show kernel messages of the current boot"),
    Option(FILTER, "", "context", "N", "Show N entries of the same host before and after each entry found"),
    Option(OUTPUT, "o", "output", "MODE", "Change the output mode; help lists the modes", common=True, values="mode"),
    Option(OUTPUT, "", "output-fields", "LIST", "Fields to print in verbose, export, json and cat", values="field"),
    Option(OUTPUT, "n", "lines", "[[+]N]", "Number of entries to show: the newest, or with + the oldest", common=True),
    Option(OUTPUT, "r", "reverse", "", "Show the newest entries first", common=True),
    Option(OUTPUT, "f", "follow", "", "Show the newest entries, then what arrives", common=True),
    Option(OUTPUT, "", "no-tail", "", "Show all entries, even in follow mode"),
    Option(OUTPUT, "", "until-match", "N", "Follow until N entries were shown (implies -f, and -n 0)"),
    Option(OUTPUT, "", "timeout", "TIME", "End following after this time; with --until-match that is a failure"),
    Option(
        OUTPUT, "", "buffer-window", "TIME", "How long -f holds entries of several hosts back to order them (250ms)"
    ),
    Option(OUTPUT, "", "show-cursor", "", "Print the cursor after all the entries"),
    Option(
        OUTPUT,
        "",
        "color",
        "WHEN",
        "Use colours: auto (the default), always (into a pipe, too) or never",
        values="color",
    ),
    Option(OUTPUT, "", "utc", "", "Express time in Coordinated Universal Time (UTC)"),
    Option(OUTPUT, "x", "catalog", "", "Add explanations of messages where available"),
    Option(OUTPUT, "W", "no-hostname", "", "Suppress the host name"),
    Option(OUTPUT, "l", "full", "", "Do not ellipsize fields (the default)"),
    Option(OUTPUT, "", "no-full", "", "Ellipsize fields"),
    Option(OUTPUT, "a", "all", "", "Show all fields, including long and unprintable ones"),
    Option(OUTPUT, "", "truncate-newline", "", "Show only the first line of each message"),
    Option(
        OUTPUT, "", "synchronize-on-exit", "BOOL", "Taken, and does nothing: what is stored is shown", values="boolean"
    ),
    Option(OUTPUT, "q", "quiet", "", "Print only entries: no lines between boots, no remarks", common=True),
    Option(OUTPUT, "", "stats", "", "Say on stderr at the end how much was shown and how long it took"),
    Option(PAGER, "", "no-pager", "", "Do not pipe output into a pager", common=True),
    Option(PAGER, "e", "pager-end", "", "Jump to the end in the pager; implies -b and -n 1000", common=True),
    Option(COMMANDS, "h", "help", "", "Show this help; -h is the short one", common=True),
    Option(COMMANDS, "", "version", "", "Show the version"),
    Option(COMMANDS, "N", "fields", "", "List all field names currently used", common=True),
    Option(
        COMMANDS, "F", "field", "FIELD", "List all values that a specified field takes", common=True, values="field"
    ),
    Option(COMMANDS, "", "list-boots", "", "Show terse information about recorded boots", common=True),
    Option(COMMANDS, "", "list-hosts", "", "List all hosts: last seen, lag, rate, what is missing", common=True),
    Option(COMMANDS, "", "list-gaps", "", "List what hosts wrote and the collector does not have, and why"),
    Option(COMMANDS, "", "events", "", "Show what happened: failures, restarts, kills, reboots, logins", common=True),
    Option(
        COMMANDS, "", "patterns", "", "Show what the messages have in common: how often, when, what is new", common=True
    ),
    Option(
        COMMANDS,
        "",
        "count",
        "[FIELD]",
        "Print how many entries there are, or how many of each value of FIELD",
        values="field",
    ),
    Option(COMMANDS, "", "explain", "", "Say what the command line means to the collector, instead of showing entries"),
    Option(COMMANDS, "", "web", "", "Print the address of the page that shows the same"),
    Option(COMMANDS, "", "list-invocations", "", "Show the invocations of the unit of -u"),
    Option(COMMANDS, "", "list-namespaces", "", "Show the journal namespaces"),
    Option(COMMANDS, "", "list-catalog", "", "Show the message IDs of the catalog"),
    Option(COMMANDS, "", "dump-catalog", "", "Show the texts of the catalog"),
    Option(COMMANDS, "", "disk-usage", "", "Show how much the collector stores"),
    Option(COMMANDS, "", "header", "", "Show what the collector knows of each node"),
    Option(COMMANDS, "", "new-id128", "", "Make a new 128-bit id"),
    Option(COMMANDS, "", "this-boot", "", "The same as -b"),
    Option(LOCAL, "D", "directory", "PATH", "", refused=_LOCAL_FILES),
    Option(LOCAL, "i", "file", "PATH", "", refused=_LOCAL_FILES),
    Option(LOCAL, "", "root", "ROOT", "", refused=_LOCAL_FILES),
    Option(LOCAL, "", "image", "IMAGE", "", refused=_LOCAL_FILES),
    Option(LOCAL, "", "image-policy", "POLICY", "", refused=_LOCAL_FILES),
    Option(
        LOCAL, "", "update-catalog", "", "", refused="catalogs are read as they are, there is no database of them here"
    ),
    Option(LOCAL, "", "vacuum-size", "BYTES", "", refused=_VACUUM),
    Option(LOCAL, "", "vacuum-files", "INT", "", refused=_VACUUM),
    Option(LOCAL, "", "vacuum-time", "TIME", "", refused=_VACUUM),
    Option(LOCAL, "", "sync", "", "", refused=_LOCAL_DAEMON),
    Option(LOCAL, "", "flush", "", "", refused=_LOCAL_DAEMON),
    Option(LOCAL, "", "rotate", "", "", refused=_LOCAL_DAEMON),
    Option(LOCAL, "", "relinquish-var", "", "", refused=_LOCAL_DAEMON),
    Option(LOCAL, "", "smart-relinquish-var", "", "", refused=_LOCAL_DAEMON),
    Option(LOCAL, "", "verify", "", "", refused=_SEALING),
    Option(LOCAL, "", "verify-key", "KEY", "", refused=_SEALING),
    Option(LOCAL, "", "setup-keys", "", "", refused=_SEALING),
    Option(LOCAL, "", "interval", "TIME", "", refused=_SEALING),
    Option(LOCAL, "", "force", "", "", refused=_SEALING),
)
"""Every option that jhctl knows, among them those of journalctl that it refuses."""

EXAMPLES = (
    ("jhctl -f -H 'web-*' -p warning", "what goes wrong on the web hosts, live"),
    ("jhctl -u ssh -S today", "what sshd said today, on every host"),
    ("jhctl -b -1 -e -H db-1", "the end of the boot before the last of db-1"),
    ("jhctl --search '\"out of memory\" OR oom' -n 50", "the newest 50 entries that speak of memory"),
    ("jhctl _UID=1000 + _COMM=sudo -o json", "matches as journalctl has them, for a program"),
)
"""What -h shows people first."""
