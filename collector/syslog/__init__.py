"""Syslog from devices without a journald: RFC 5424 and RFC 3164 over UDP and TCP. docs/formats/syslog.md."""
