/* What reading export text is made of: a table of lines, and entries that become rows of a batch. */

#ifndef JOURNALHUB_EXPORTTEXT_H
#define JOURNALHUB_EXPORTTEXT_H

#include "codec.h"

/* Bytes of a line that is kept: of a field of the origin, which has to be; and of any other. */
#define ORIGIN_LINE_BYTES 4096
#define LINE_BYTES 512

enum kind { OF_ORIGIN, OF_ENTRY };

/* A line, or a name alone, in which case it has neither value nor pair. */
struct line {
    uint64_t number; /* no other line ever has it */
    uint64_t hash;
    PyObject *name, *value, *pair;
    enum kind kind;
    int comes_again; /* of a name: whether its values may */
    size_t size;
    unsigned char bytes[];
};

struct table {
    struct line **slots;
    size_t size, used; /* size is 0 or a power of two */
};

struct lines {
    struct table known, names;
    size_t bytes;
    uint64_t seed, numbers;
    PyObject *origin_fields, *unique; /* sets of names */
    int busy;
};

struct address {
    unsigned char seqnum_id[16], boot_id[16];
    uint64_t seqnum, xor_hash;
    int64_t realtime, monotonic;
    int has_cursor, has_realtime, has_monotonic;
};

enum column { ORIGIN, SHAPE, REALTIME, MONOTONIC, SEQNUM, XOR_HASH, VALUES, COLUMNS };

/* A batch in the making; all borrowed. */
struct columns {
    PyObject *columns[COLUMNS]; /* lists */
    PyObject *speakers, *shapes; /* dictionaries: a speaker's key, a tuple of names -> number */
    PyObject *speaker, *shape;   /* give the number of what is not in them */
    Py_ssize_t rows, bytes;
};

struct line *known_line(const struct lines *lines, const unsigned char *at, size_t size);
struct line *line_of(
    struct lines *lines, const unsigned char *at, size_t size, const struct line *name, const unsigned char *value,
    size_t value_size);
struct line *name_of(struct lines *lines, const unsigned char *at, size_t size);
int make_room(struct lines *lines);
void forget_lines(struct lines *lines);

Py_ssize_t read_entries(
    struct lines *lines, struct columns *to, const unsigned char *text, Py_ssize_t size, Py_ssize_t most_rows,
    Py_ssize_t most_bytes);

#endif
