"""Logs by OTLP/HTTP, the protocol of OpenTelemetry. docs/formats/otlp.md."""
