"""What is left of an output when the order that nobody promises is taken away.

journalctl keeps the fields of a JSON object in a hash table with a random seed: two runs differ. The order of fields
in `verbose` and `export` is that of the journal file's objects.
"""

import re

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\x1b\[[0-9;]*m|[\[\],]')


def json_members(line: bytes) -> list[str]:
    """The `"NAME":value` texts of one object, byte for byte, sorted."""
    text = line.decode().strip("\x1e\n").removeprefix("data: ")
    assert text[0] == "{" and text[-1] == "}"
    members, depth, start = [], 0, 1
    for found in _TOKEN.finditer(text, 1, len(text) - 1):
        token = found[0]
        depth += (token == "[") - (token == "]")
        if token == "," and depth == 0:
            members.append(text[start : found.start()].strip())
            start = found.end()
    return sorted([*members, text[start:-1].strip()])


def pretty_objects(output: bytes) -> list[list[str]]:
    """The members of each object of `-o json-pretty`."""
    return [json_members(part + b"}") for part in re.split(rb"^}\n", output, flags=re.MULTILINE) if part]


def verbose_entries(output: bytes) -> list[list[bytes]]:
    """For each entry of `-o verbose` its head line and its fields, sorted."""
    entries: list[list[bytes]] = []
    output = output.replace(b"\n\x1b[0m", b"\x1b[0m\n")  # what ends the colour of a field belongs to that field
    for line in re.findall(rb"[^\n]*\n|[^\n]+", output):  # lines of a journal end with nothing else
        if not line.startswith(b" "):
            entries.append([line])
        elif re.match(rb"    (\x1b\[[0-9;]*m)?[A-Z_]", line):
            entries[-1].append(line)
        else:
            entries[-1][-1] += line
    return [[head, *sorted(fields)] for head, *fields in entries]


def export_entries(output: bytes) -> list[list[tuple[str, bytes]]]:
    """The fields of each entry of `-o export`, sorted, with the address."""
    from journalhub.journal.export import ExportParser

    parser = ExportParser()
    parsed = [*parser.feed(output), *parser.finish()]
    return [sorted([*entry.all_fields, ("__CURSOR", str(entry.cursor).encode())]) for entry in parsed]
