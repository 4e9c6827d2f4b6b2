/* Whole entries of export text into the columns of a batch: docs/formats/export.md. The reference is ExportParser with
 * BatchBuilder; what they do with an entry that is anything but common, they are left to do.
 *
 * journald repeats nearly all lines from entry to entry. Each line that may come again is kept in a table of its bytes,
 * with the number that it got: an entry's speaker is known by the numbers of its origin's lines alone.
 */

#include "exporttext.h"

/* An entry so large, or with so many fields, is left to the reference, which knows the limits. */
#define ENTRY_BYTES (1 << 20)
#define ENTRY_LINES 512

/* As journal/limits.py: FIELD_NAME_MAX, REALTIME_MAX. */
#define NAME_BYTES 64
#define REALTIME_MAX INT64_C(253402300799999999)

struct entry {
    struct address address;
    unsigned char boot_said[32];
    int has_boot, lines_of_origin, own;
    uint64_t speaker[4 + ENTRY_LINES]; /* two ids, then the numbers of the origin's lines */
    PyObject *pairs[ENTRY_LINES];      /* borrowed from the table of lines; of the origin's fields */
    PyObject *names[ENTRY_LINES];      /* borrowed from the table of lines; of its own fields */
    PyObject *values[ENTRY_LINES];     /* owned */
};

enum outcome { DONE, ODD, FAILED };

static int digit_of(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 32 hexadecimal digits as 16 bytes. */
static int read_id(const unsigned char *at, unsigned char *id)
{
    for (int number = 0; number < 16; number++) {
        int high = digit_of(at[2 * number]), low = digit_of(at[2 * number + 1]);
        if (high < 0 || low < 0)
            return 0;
        id[number] = (unsigned char)(high << 4 | low);
    }
    return 1;
}

/* 1 to 16 hexadecimal digits, up to `end` or a semicolon; where they end, or NULL. */
static const unsigned char *read_hex(const unsigned char *at, const unsigned char *end, uint64_t *value)
{
    const unsigned char *begin = at;
    *value = 0;
    for (; at < end && *at != ';'; at++) {
        int digit = digit_of(*at);
        if (digit < 0 || at - begin == 16)
            return NULL;
        *value = *value << 4 | (uint64_t)digit;
    }
    return at > begin ? at : NULL;
}

static const unsigned char *pass(const unsigned char *at, const unsigned char *end, const char *word)
{
    size_t size = strlen(word);
    return at != NULL && (size_t)(end - at) >= size && memcmp(at, word, size) == 0 ? at + size : NULL;
}

static const unsigned char *pass_id(const unsigned char *at, const unsigned char *end, unsigned char *id)
{
    return at != NULL && end - at >= 32 && read_id(at, id) ? at + 32 : NULL;
}

/* s=ID;i=HEX;b=ID;m=HEX;t=HEX;x=HEX and nothing behind it. */
static int read_cursor(const unsigned char *at, const unsigned char *end, struct address *address)
{
    uint64_t monotonic, realtime; /* said again by lines of their own, which count */
    at = pass_id(pass(at, end, "s="), end, address->seqnum_id);
    at = pass(at, end, ";i=");
    at = at ? read_hex(at, end, &address->seqnum) : NULL;
    at = pass_id(pass(at, end, ";b="), end, address->boot_id);
    at = pass(at, end, ";m=");
    at = at ? read_hex(at, end, &monotonic) : NULL;
    at = pass(at, end, ";t=");
    at = at ? read_hex(at, end, &realtime) : NULL;
    at = pass(at, end, ";x=");
    at = at ? read_hex(at, end, &address->xor_hash) : NULL;
    return at == end;
}

/* 1 to 18 decimal digits. */
static int read_decimal(const unsigned char *at, const unsigned char *end, int64_t *value)
{
    if (at == end || end - at > 18)
        return 0;
    *value = 0;
    for (; at < end; at++) {
        if (*at < '0' || *at > '9')
            return 0;
        *value = *value * 10 + (*at - '0');
    }
    return 1;
}

/* A line whose name begins with two underscores: part of the address, or of no account where there is a cursor. */
static int read_address(const unsigned char *line, const unsigned char *end, struct address *address)
{
    const unsigned char *value;
    if ((value = pass(line, end, "__CURSOR=")) != NULL) {
        address->has_cursor = 1;
        return read_cursor(value, end, address);
    }
    if ((value = pass(line, end, "__REALTIME_TIMESTAMP=")) != NULL) {
        address->has_realtime = 1;
        return read_decimal(value, end, &address->realtime);
    }
    if ((value = pass(line, end, "__MONOTONIC_TIMESTAMP=")) != NULL) {
        address->has_monotonic = 1;
        return read_decimal(value, end, &address->monotonic);
    }
    return 1;
}

static enum outcome take_line(struct entry *entry, const struct line *line)
{
    if (entry->lines_of_origin + entry->own >= ENTRY_LINES)
        return ODD;
    if (line->kind == OF_ORIGIN) {
        entry->pairs[entry->lines_of_origin] = line->pair;
        entry->speaker[4 + entry->lines_of_origin++] = line->number;
        return DONE;
    }
    entry->names[entry->own] = line->name;
    entry->values[entry->own++] = Py_NewRef(line->value);
    return DONE;
}

/* A field `name_size` bytes into a line that is not in the table, its value at `value`. */
static enum outcome take_new(
    struct lines *lines, struct entry *entry, const unsigned char *at, size_t size, size_t name_size,
    const unsigned char *value, size_t value_size)
{
    const struct line *name = name_of(lines, at, name_size);
    if (name == NULL)
        return PyErr_Occurred() ? FAILED : ODD;
    if (entry->lines_of_origin + entry->own >= ENTRY_LINES)
        return ODD;
    if (name->kind == OF_ORIGIN || (name->comes_again && size <= LINE_BYTES)) {
        const struct line *line = line_of(lines, at, size, name, value, value_size);
        if (line == NULL)
            return PyErr_Occurred() ? FAILED : ODD;
        return take_line(entry, line);
    }
    PyObject *made = PyBytes_FromStringAndSize((const char *)value, (Py_ssize_t)value_size);
    if (made == NULL)
        return FAILED;
    entry->names[entry->own] = name->name;
    entry->values[entry->own++] = made;
    return DONE;
}

/* A line with `=`. */
static enum outcome take_text(struct lines *lines, struct entry *entry, const unsigned char *at, size_t size)
{
    const unsigned char *equals = memchr(at, '=', size < NAME_BYTES + 1 ? size : NAME_BYTES + 1);
    if (equals == NULL)
        return ODD; /* no field, or one in another spelling, which the caller has looked for */
    size_t name = (size_t)(equals - at);
    if (size >= 2 && at[0] == '_' && at[1] == '_')
        return read_address(at, at + size, &entry->address) ? DONE : ODD;
    if (name == 8 && memcmp(at, "_BOOT_ID", 8) == 0) {
        if (size != 9 + 32)
            return ODD;
        memcpy(entry->boot_said, at + 9, 32);
        entry->has_boot = 1;
        return DONE;
    }
    return take_new(lines, entry, at, size, name, equals + 1, size - name - 1);
}

/* A name alone on its line, then eight bytes of length, the value, and a newline. `*next` is set behind that. */
static enum outcome take_binary(
    struct lines *lines, struct entry *entry, const unsigned char *at, size_t name, const unsigned char *end,
    const unsigned char **next)
{
    const unsigned char *length = at + name + 1;
    if (end - length < 9)
        return ODD;
    uint64_t size = 0;
    for (int byte = 7; byte >= 0; byte--)
        size = size << 8 | length[byte];
    const unsigned char *value = length + 8;
    if (size > ENTRY_BYTES || size >= (uint64_t)(end - value) || value[size] != '\n')
        return ODD;
    if (name == 0 || name > NAME_BYTES || (at[0] == '_' && name > 1 && at[1] == '_')
        || (name == 8 && memcmp(at, "_BOOT_ID", 8) == 0))
        return ODD;
    *next = value + size + 1;
    size_t whole = (size_t)(value - at) + (size_t)size;
    const struct line *known = known_line(lines, at, whole);
    if (known != NULL)
        return take_line(entry, known);
    return take_new(lines, entry, at, whole, name, value, (size_t)size);
}

/* The lines of one entry up to the empty one, behind which `*from` is set. */
static enum outcome read_entry(
    struct lines *lines, struct entry *entry, const unsigned char **from, const unsigned char *end)
{
    const unsigned char *at = *from;
    while (at < end) {
        const unsigned char *newline = memchr(at, '\n', (size_t)(end - at));
        if (newline == NULL || newline - *from > ENTRY_BYTES)
            return ODD;
        size_t size = (size_t)(newline - at);
        if (size == 0) {
            *from = newline + 1;
            return DONE;
        }
        const unsigned char *next = newline + 1;
        const struct line *known = known_line(lines, at, size);
        enum outcome outcome;
        if (known != NULL)
            outcome = take_line(entry, known);
        else if (memchr(at, '=', size) == NULL)
            outcome = take_binary(lines, entry, at, size, end, &next);
        else
            outcome = take_text(lines, entry, at, size);
        if (outcome != DONE)
            return outcome;
        at = next;
    }
    return ODD;
}

/* Whether what was read is an entry with a full address, and no `_BOOT_ID` beside the address's. */
static int is_common(const struct entry *entry)
{
    const struct address *address = &entry->address;
    if (!address->has_cursor || !address->has_realtime || !address->has_monotonic || address->realtime > REALTIME_MAX)
        return 0;
    if (!entry->has_boot)
        return 1;
    unsigned char said[16];
    return read_id(entry->boot_said, said) && memcmp(said, address->boot_id, 16) == 0;
}

/* The number of the entry's speaker in the batch; NULL with an error. */
static PyObject *speaker_of(const struct columns *to, struct entry *entry)
{
    memcpy(entry->speaker, entry->address.seqnum_id, 16);
    memcpy(entry->speaker + 2, entry->address.boot_id, 16);
    Py_ssize_t size = (Py_ssize_t)sizeof *entry->speaker * (4 + entry->lines_of_origin);
    PyObject *key = PyBytes_FromStringAndSize((const char *)entry->speaker, size);
    if (key == NULL)
        return NULL;
    PyObject *number = PyDict_GetItemWithError(to->speakers, key); /* borrowed */
    if (number != NULL || PyErr_Occurred()) {
        Py_DECREF(key);
        return Py_XNewRef(number);
    }
    PyObject *fields = PyTuple_New(entry->lines_of_origin);
    for (int at = 0; fields != NULL && at < entry->lines_of_origin; at++)
        PyTuple_SetItem(fields, at, Py_NewRef(entry->pairs[at]));
    if (fields != NULL)
        number = PyObject_CallFunction(to->speaker, "y#y#O", (const char *)entry->address.seqnum_id, (Py_ssize_t)16,
            (const char *)entry->address.boot_id, (Py_ssize_t)16, fields);
    Py_XDECREF(fields);
    if (number != NULL && PyDict_SetItem(to->speakers, key, number) < 0)
        Py_CLEAR(number);
    Py_DECREF(key);
    return number;
}

static PyObject *shape_of(const struct columns *to, const struct entry *entry)
{
    PyObject *names = PyTuple_New(entry->own);
    if (names == NULL)
        return NULL;
    for (int at = 0; at < entry->own; at++)
        PyTuple_SetItem(names, at, Py_NewRef(entry->names[at]));
    PyObject *number = PyDict_GetItemWithError(to->shapes, names); /* borrowed */
    if (number != NULL)
        Py_INCREF(number);
    else if (!PyErr_Occurred())
        number = PyObject_CallFunctionObjArgs(to->shape, names, NULL);
    Py_DECREF(names);
    return number;
}

static int append(PyObject *list, PyObject *item)
{
    int failed = item == NULL || PyList_Append(list, item) < 0;
    Py_XDECREF(item);
    return failed ? -1 : 0;
}

/* Adds the entry as a row; -1 with an error, after which the batch is of no use. */
static int add_row(struct columns *to, struct entry *entry)
{
    PyObject *speaker = speaker_of(to, entry);
    PyObject *shape = speaker ? shape_of(to, entry) : NULL;
    PyObject *values = shape ? PyTuple_New(entry->own) : NULL;
    if (values == NULL) {
        Py_XDECREF(speaker);
        Py_XDECREF(shape);
        return -1;
    }
    for (int at = 0; at < entry->own; at++) {
        to->bytes += PyBytes_Size(entry->values[at]);
        PyTuple_SetItem(values, at, entry->values[at]); /* takes it over */
    }
    entry->own = 0;
    int failed = append(to->columns[ORIGIN], speaker) | append(to->columns[SHAPE], shape);
    failed |= append(to->columns[REALTIME], PyLong_FromLongLong(entry->address.realtime));
    failed |= append(to->columns[MONOTONIC], PyLong_FromLongLong(entry->address.monotonic));
    failed |= append(to->columns[SEQNUM], PyLong_FromUnsignedLongLong(entry->address.seqnum));
    failed |= append(to->columns[XOR_HASH], PyLong_FromUnsignedLongLong(entry->address.xor_hash));
    failed |= append(to->columns[VALUES], values);
    to->rows++;
    return failed;
}

/* Whole entries from the beginning of a text on, until the batch is full or something is not common.
 * How many bytes were read; -1 with an error. */
Py_ssize_t read_entries(
    struct lines *lines, struct columns *to, const unsigned char *text, Py_ssize_t size, Py_ssize_t most_rows,
    Py_ssize_t most_bytes)
{
    struct entry *entry = PyMem_Malloc(sizeof *entry);
    if (entry == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    const unsigned char *at = text, *end = text + size;
    enum outcome outcome = DONE;
    while (outcome == DONE && to->rows < most_rows && to->bytes < most_bytes && at < end) {
        if (make_room(lines) < 0) {
            outcome = FAILED;
            break;
        }
        memset(&entry->address, 0, sizeof entry->address);
        entry->has_boot = entry->lines_of_origin = entry->own = 0;
        const unsigned char *from = at;
        outcome = read_entry(lines, entry, &from, end);
        if (outcome == DONE && !is_common(entry))
            outcome = ODD;
        if (outcome == DONE && add_row(to, entry) < 0)
            outcome = FAILED;
        if (outcome == DONE)
            at = from;
        for (int own = 0; own < entry->own; own++)
            Py_DECREF(entry->values[own]);
    }
    PyMem_Free(entry);
    return outcome == FAILED ? -1 : at - text;
}
