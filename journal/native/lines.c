/* Lines of export text by their bytes: a hash table with a seed of its own and short chains, whatever is put in. */

#include "exporttext.h"

/* INTERNED_LINES of journal/limits.py, and what of it an entry may add. */
#define LINES_MAX 32768
#define LINES_OF_ENTRY 1024
#define BYTES_MAX (8 << 20)
#define NAMES_MAX 4096
#define SLOTS_FIRST 4096
/* Slots that are looked at for a line. One for which there is no room among them is not kept. */
#define PROBES 32
#define NAME_BYTES 64

static uint64_t mixed(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 29;
}

static uint64_t hash_of(const struct lines *lines, const unsigned char *at, size_t size)
{
    uint64_t hash = mixed(lines->seed, size), word;
    for (; size >= sizeof word; size -= sizeof word, at += sizeof word) {
        memcpy(&word, at, sizeof word);
        hash = mixed(hash, word);
    }
    word = 0;
    memcpy(&word, at, size);
    return mixed(mixed(hash, word), lines->seed);
}

static struct line *find(const struct table *table, uint64_t hash, const unsigned char *at, size_t size)
{
    if (table->size == 0)
        return NULL;
    for (size_t probe = 0; probe < PROBES; probe++) {
        struct line *line = table->slots[(hash + probe) & (table->size - 1)];
        if (line == NULL)
            return NULL;
        if (line->hash == hash && line->size == size && memcmp(line->bytes, at, size) == 0)
            return line;
    }
    return NULL;
}

static int put(struct table *table, struct line *line)
{
    for (size_t probe = 0; probe < PROBES; probe++) {
        struct line **slot = &table->slots[(line->hash + probe) & (table->size - 1)];
        if (*slot == NULL) {
            *slot = line;
            table->used++;
            return 1;
        }
    }
    return 0;
}

static void discard(struct line *line)
{
    Py_XDECREF(line->name);
    Py_XDECREF(line->value);
    Py_XDECREF(line->pair);
    PyMem_Free(line);
}

/* Slots enough for the lines of one more entry. Lines that find no place among new ones are forgotten. */
static int grow(struct table *table)
{
    size_t size = table->size ? table->size : SLOTS_FIRST, lost = 0;
    while (size < 2 * (table->used + LINES_OF_ENTRY))
        size *= 2;
    if (size == table->size)
        return 0;
    struct table old = *table;
    struct line **slots = PyMem_Calloc(size, sizeof *slots);
    if (slots == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    *table = (struct table){.slots = slots, .size = size};
    for (size_t at = 0; at < old.size; at++)
        if (old.slots[at] != NULL && !put(table, old.slots[at]))
            old.slots[lost++] = old.slots[at];
    while (lost > 0)
        discard(old.slots[--lost]);
    PyMem_Free(old.slots);
    return 0;
}

static void empty(struct table *table)
{
    struct table old = *table;
    *table = (struct table){0};
    for (size_t at = 0; at < old.size; at++)
        if (old.slots[at] != NULL)
            discard(old.slots[at]);
    PyMem_Free(old.slots);
}

/* A new line in a table. NULL without an error when there is no place for it. Takes the references over. */
static struct line *add(
    struct lines *lines, struct table *table, const unsigned char *at, size_t size, PyObject *name, PyObject *value,
    PyObject *pair)
{
    struct line *line = PyMem_Malloc(sizeof *line + size);
    if (line == NULL) {
        PyErr_NoMemory();
        Py_XDECREF(name);
        Py_XDECREF(value);
        Py_XDECREF(pair);
        return NULL;
    }
    *line = (struct line){.hash = hash_of(lines, at, size), .name = name, .value = value, .pair = pair, .size = size};
    line->number = lines->numbers++;
    memcpy(line->bytes, at, size);
    if (!put(table, line)) {
        discard(line);
        return NULL;
    }
    lines->bytes += size;
    return line;
}

/* The line with these bytes, or NULL. */
struct line *known_line(const struct lines *lines, const unsigned char *at, size_t size)
{
    return size <= ORIGIN_LINE_BYTES ? find(&lines->known, hash_of(lines, at, size), at, size) : NULL;
}

/* A line that is not known yet, made so. NULL without an error where it cannot be kept. */
struct line *line_of(
    struct lines *lines, const unsigned char *at, size_t size, const struct line *name, const unsigned char *value,
    size_t value_size)
{
    if (size > ORIGIN_LINE_BYTES)
        return NULL;
    PyObject *bytes = PyBytes_FromStringAndSize((const char *)value, (Py_ssize_t)value_size);
    PyObject *pair = bytes ? PyTuple_Pack(2, name->name, bytes) : NULL;
    if (pair == NULL) {
        Py_XDECREF(bytes);
        return NULL;
    }
    struct line *line = add(lines, &lines->known, at, size, Py_NewRef(name->name), bytes, pair);
    if (line != NULL)
        line->kind = name->kind;
    return line;
}

/* journal_field_valid of systemd, with protected names allowed; fields.is_valid_name is the reference. */
static int is_valid_name(const unsigned char *at, size_t size)
{
    if (size == 0 || size > NAME_BYTES || (at[0] >= '0' && at[0] <= '9') || (size > 1 && at[0] == '_' && at[1] == '_'))
        return 0;
    for (size_t letter = 0; letter < size; letter++)
        if (!((at[letter] >= 'A' && at[letter] <= 'Z') || (at[letter] >= '0' && at[letter] <= '9') || at[letter] == '_'))
            return 0;
    return 1;
}

/* The name of a field. NULL without an error where it is none. */
struct line *name_of(struct lines *lines, const unsigned char *at, size_t size)
{
    struct line *known = find(&lines->names, hash_of(lines, at, size), at, size);
    if (known != NULL || !is_valid_name(at, size))
        return known;
    PyObject *name = PyUnicode_FromStringAndSize((const char *)at, (Py_ssize_t)size);
    if (name == NULL)
        return NULL;
    int of_origin = PySet_Contains(lines->origin_fields, name);
    int unique = of_origin < 0 ? -1 : PySet_Contains(lines->unique, name);
    if (unique < 0) {
        Py_DECREF(name);
        return NULL;
    }
    struct line *made = add(lines, &lines->names, at, size, name, NULL, NULL);
    if (made != NULL) {
        made->kind = of_origin ? OF_ORIGIN : OF_ENTRY;
        made->comes_again = !unique;
    }
    return made;
}

/* Room for the lines of one more entry; where there are too many, all are forgotten. -1 with an error.
 * Between entries only: they borrow from the tables. */
int make_room(struct lines *lines)
{
    if (lines->known.used + LINES_OF_ENTRY > LINES_MAX || lines->names.used + LINES_OF_ENTRY > NAMES_MAX
        || lines->bytes > BYTES_MAX) {
        empty(&lines->known);
        empty(&lines->names);
        lines->bytes = 0;
    }
    return grow(&lines->known) | grow(&lines->names);
}

void forget_lines(struct lines *lines)
{
    empty(&lines->known);
    empty(&lines->names);
    Py_CLEAR(lines->origin_fields);
    Py_CLEAR(lines->unique);
}
