/* The native batch, docs/formats/batch.md: its columns. wire.decode is the reference, and decides on whatever is not an
 * ordinary batch. Origins, shapes and the status are few: of them only where they stand is said. */

#include "codec.h"

/* As journal/limits.py; of items a quarter, beyond which the reference counts. */
#define ENTRIES_MAX 20000
#define ITEMS_MAX 1000000
#define VALUE_MAX (64 << 20)
#define SHAPES_MAX ENTRIES_MAX
#define REALTIME_MAX UINT64_C(253402300799999999)

struct input {
    const unsigned char *at, *end;
    uint64_t items;
};

enum type { OTHER, INTEGER, TEXT, BINARY, ARRAY, MAP };

struct head {
    enum type type;
    uint64_t value; /* of an integer modulo 2^64; else bytes or items that follow */
};

static int big_endian(struct input *input, int size, uint64_t *value)
{
    if (input->end - input->at < size)
        return 0;
    *value = 0;
    for (int byte = 0; byte < size; byte++)
        *value = *value << 8 | *input->at++;
    return 1;
}

/* The head of the next object; 0 where the input ends. Bytes and items that follow are as many as there can be. */
static int read_head(struct input *input, struct head *head)
{
    if (input->at == input->end)
        return 0;
    unsigned char byte = *input->at++;
    *head = (struct head){OTHER, 0};
    int size = 0;
    if (byte < 0x80 || byte >= 0xe0)
        *head = (struct head){INTEGER, (uint64_t)(int64_t)(int8_t)byte};
    else if (byte < 0x90)
        *head = (struct head){MAP, byte & 0x0f};
    else if (byte < 0xa0)
        *head = (struct head){ARRAY, byte & 0x0f};
    else if (byte < 0xc0)
        *head = (struct head){TEXT, byte & 0x1f};
    else if (byte >= 0xc4 && byte <= 0xc6)
        head->type = BINARY, size = 1 << (byte - 0xc4);
    else if (byte >= 0xcc && byte <= 0xd3)
        head->type = INTEGER, size = 1 << (byte & 3);
    else if (byte >= 0xd9 && byte <= 0xdb)
        head->type = TEXT, size = 1 << (byte - 0xd9);
    else if (byte == 0xdc || byte == 0xdd)
        head->type = ARRAY, size = 2 << (byte - 0xdc);
    else if (byte == 0xde || byte == 0xdf)
        head->type = MAP, size = 2 << (byte - 0xde);
    if (size && !big_endian(input, size, &head->value))
        return 0;
    if (byte >= 0xd0 && byte <= 0xd2 && head->value >> (8 * size - 1))
        head->value |= ~UINT64_C(0) << 8 * size; /* negative */
    uint64_t left = (uint64_t)(input->end - input->at);
    if (head->type == ARRAY || head->type == MAP)
        input->items += 2 * head->value + 1;
    return head->type == INTEGER || head->type == OTHER || head->value <= left;
}

/* Go past one object of any depth; 0 where it is not whole, or of a type that a batch has not. */
static int skip(struct input *input)
{
    for (uint64_t waiting = 1; waiting > 0; waiting--) {
        struct head head;
        if (!read_head(input, &head))
            return 0;
        if (head.type == TEXT || head.type == BINARY)
            input->at += head.value;
        else if (head.type == ARRAY || head.type == MAP)
            waiting += head.type == MAP ? 2 * head.value : head.value;
        else if (head.type == OTHER && (input->at[-1] < 0xc0 || input->at[-1] == 0xc1 || input->at[-1] > 0xc3)
            && input->at[-1] != 0xcb)
            return 0;
        else if (head.type == OTHER && input->at[-1] == 0xcb) { /* a float of the status */
            if (input->end - input->at < 8)
                return 0;
            input->at += 8;
        }
        if (input->items > ITEMS_MAX || waiting > ITEMS_MAX)
            return 0;
    }
    return 1;
}

static int read_array(struct input *input, uint64_t *count)
{
    struct head head;
    if (!read_head(input, &head) || head.type != ARRAY || input->items > ITEMS_MAX)
        return 0;
    *count = head.value;
    return 1;
}

/* An array of `count` integers. */
static int read_integers(struct input *input, uint64_t *to, uint64_t count)
{
    uint64_t said;
    struct head head;
    if (!read_array(input, &said) || said != count)
        return 0;
    for (uint64_t at = 0; at < count; at++) {
        if (!read_head(input, &head) || head.type != INTEGER)
            return 0;
        to[at] = head.value;
    }
    return 1;
}

static int read_hashes(struct input *input, uint64_t *to, uint64_t count)
{
    struct head head;
    if (!read_head(input, &head) || head.type != BINARY || head.value != 8 * count)
        return 0;
    for (uint64_t at = 0; at < count; at++, input->at += 8) {
        to[at] = 0;
        for (int byte = 7; byte >= 0; byte--)
            to[at] = to[at] << 8 | input->at[byte];
    }
    return 1;
}

/* How many names each shape has. */
static int read_widths(struct input *input, uint64_t *widths, uint64_t *shapes)
{
    if (!read_array(input, shapes) || *shapes > SHAPES_MAX)
        return 0;
    for (uint64_t at = 0; at < *shapes; at++) {
        if (!read_array(input, &widths[at]))
            return 0;
        for (uint64_t name = 0; name < widths[at]; name++)
            if (!skip(input))
                return 0;
    }
    return 1;
}

enum key { V, N, ORIGINS, SHAPES, STATUS, ORIGIN, SHAPE, REALTIME, OFFSET, SEQNUM, HASH, VALUES, KEYS };

static const char *const names[KEYS] = {
    "v", "n", "origins", "shapes", "status", "origin", "shape", "realtime", "offset", "seqnum", "hash", "values",
};

/* Where the value of each key begins and ends; `at` is NULL for one that is not there. 0 for no ordinary batch. */
static int find_keys(struct input *input, struct input places[KEYS])
{
    struct head head;
    if (!read_head(input, &head) || head.type != MAP || head.value > KEYS)
        return 0;
    for (uint64_t left = head.value; left > 0; left--) {
        struct head name;
        if (!read_head(input, &name) || name.type != TEXT)
            return 0;
        int key = 0;
        while (key < KEYS && (strlen(names[key]) != name.value || memcmp(names[key], input->at, name.value) != 0))
            key++;
        input->at += name.value;
        if (key == KEYS || places[key].at != NULL)
            return 0;
        places[key].at = input->at;
        if (!skip(input))
            return 0;
        places[key].end = input->at;
    }
    for (int key = 0; key < KEYS; key++)
        if (places[key].at == NULL && key != STATUS)
            return 0;
    return input->at == input->end;
}

struct batch {
    uint64_t n, origins, shapes;
    uint64_t *widths, *columns[KEYS]; /* of ORIGIN to HASH: n numbers each */
};

static int read_numbers(struct input places[KEYS], struct batch *batch)
{
    uint64_t n = batch->n, *offset = batch->columns[OFFSET], *realtime = batch->columns[REALTIME];
    struct input origins = places[ORIGINS];
    if (!read_array(&origins, &batch->origins) || !read_widths(&places[SHAPES], batch->widths, &batch->shapes))
        return 0;
    for (int key = ORIGIN; key < HASH; key++)
        if (!read_integers(&places[key], batch->columns[key], n))
            return 0;
    if (!read_hashes(&places[HASH], batch->columns[HASH], n))
        return 0;
    for (int key = REALTIME; key <= SEQNUM; key++)
        for (uint64_t at = 1; at < n; at++)
            batch->columns[key][at] += batch->columns[key][at - 1];
    for (uint64_t at = 0; at < n; at++) {
        offset[at] = realtime[at] - offset[at]; /* the monotonic time */
        if (batch->columns[ORIGIN][at] >= batch->origins || batch->columns[SHAPE][at] >= batch->shapes
            || realtime[at] > REALTIME_MAX || offset[at] > INT64_MAX)
            return 0;
    }
    return 1;
}

static PyObject *list_of(const uint64_t *numbers, uint64_t count)
{
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (uint64_t at = 0; list != NULL && at < count; at++) {
        PyObject *number = PyLong_FromUnsignedLongLong(numbers[at]);
        if (number == NULL)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, (Py_ssize_t)at, number);
    }
    return list;
}

/* One row of values; NULL without an error where it is no ordinary one. */
static PyObject *row_of(struct input *input, uint64_t width)
{
    uint64_t count;
    if (!read_array(input, &count) || count != width)
        return NULL;
    PyObject *row = PyTuple_New((Py_ssize_t)width);
    for (uint64_t at = 0; row != NULL && at < width; at++) {
        struct head head;
        PyObject *value = NULL;
        if (read_head(input, &head) && head.type == BINARY && head.value <= VALUE_MAX) {
            value = PyBytes_FromStringAndSize((const char *)input->at, (Py_ssize_t)head.value);
            input->at += head.value;
        }
        if (value == NULL)
            Py_CLEAR(row);
        else
            PyTuple_SetItem(row, (Py_ssize_t)at, value);
    }
    return row;
}

static PyObject *values_of(struct input *input, const struct batch *batch)
{
    uint64_t count;
    if (!read_array(input, &count) || count != batch->n)
        return NULL;
    PyObject *rows = PyList_New((Py_ssize_t)count);
    for (uint64_t at = 0; rows != NULL && at < count; at++) {
        PyObject *row = row_of(input, batch->widths[batch->columns[SHAPE][at]]);
        if (row == NULL)
            Py_CLEAR(rows);
        else
            PyList_SetItem(rows, (Py_ssize_t)at, row);
    }
    return rows;
}

static PyObject *span(const unsigned char *begin, const struct input *place)
{
    if (place->at == NULL)
        return Py_NewRef(Py_None);
    return Py_BuildValue("(nn)", (Py_ssize_t)(place->at - begin), (Py_ssize_t)(place->end - begin));
}

static PyObject *columns_of(const unsigned char *begin, struct input places[KEYS], struct batch *batch)
{
    struct input few[] = {places[ORIGINS], places[SHAPES], places[STATUS]};
    if (!read_numbers(places, batch))
        return NULL;
    PyObject *values = values_of(&places[VALUES], batch);
    if (values == NULL)
        return NULL;
    static const enum key order[] = {ORIGIN, SHAPE, REALTIME, OFFSET, SEQNUM, HASH};
    PyObject *made = PyTuple_New(10);
    for (int at = 0; made != NULL && at < 10; at++) {
        PyObject *item = at < 3 ? span(begin, &few[at])
            : at < 9            ? list_of(batch->columns[order[at - 3]], batch->n)
                                : Py_NewRef(values);
        if (item == NULL)
            Py_CLEAR(made);
        else
            PyTuple_SetItem(made, at, item);
    }
    Py_DECREF(values);
    return made;
}

/* decode_batch(raw) -> (origins, shapes, status, origin, shape, realtime, monotonic, seqnum, xor_hash, values), of the
 * first three where they begin and end, or None. */
static PyObject *decode_batch(PyObject *module, PyObject *raw)
{
    (void)module;
    if (!PyBytes_CheckExact(raw))
        FALL_BACK;
    const unsigned char *begin = (const unsigned char *)PyBytes_AsString(raw);
    struct input input = {.at = begin, .end = begin + PyBytes_Size(raw)}, places[KEYS] = {0};
    struct head v, n;
    if (!find_keys(&input, places) || !read_head(&places[V], &v) || v.type != INTEGER || v.value != 1
        || !read_head(&places[N], &n) || n.type != INTEGER || n.value == 0 || n.value > ENTRIES_MAX)
        FALL_BACK;
    struct batch batch = {.n = n.value};
    uint64_t *numbers = PyMem_Calloc(6 * n.value + SHAPES_MAX, sizeof *numbers);
    if (numbers == NULL)
        return PyErr_NoMemory();
    batch.widths = numbers + 6 * n.value;
    for (int key = ORIGIN; key <= HASH; key++)
        batch.columns[key] = numbers + (uint64_t)(key - ORIGIN) * n.value;
    PyObject *made = columns_of(begin, places, &batch);
    PyMem_Free(numbers);
    if (made == NULL && !PyErr_Occurred())
        FALL_BACK;
    return made;
}

PyMethodDef batches_methods[] = {
    {"decode_batch", decode_batch, METH_O, "The columns of a native batch; None to ask the reference."},
    {NULL, NULL, 0, NULL},
};
