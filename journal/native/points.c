/* Single entries of a block, read where they stand: store/embedded/points.py is the reference, docs/formats/store.md
 * the format. */

#include "codec.h"

enum { PLAIN_HEAD = 9, FIRST_BYTES = 8, NUMBERS = 6, TEXT = 0, DIGITS = 20, TEXTS = 1 << 24, TEXT_WIDTH = 4, SHAPES = 256 };

/* A column of integers as byte planes. */
struct planes {
    const unsigned char *bytes;
    Py_ssize_t count;
    unsigned width;
    uint64_t least;
};

static uint64_t get_u64(const unsigned char *from)
{
    uint64_t value = 0;
    for (int at = 7; at >= 0; at--)
        value = value << 8 | from[at];
    return value;
}

/* The column that begins at `*at` of `raw`; `*at` becomes the end of its planes. False where it ends early. */
static int get_column(const unsigned char *raw, Py_ssize_t size, Py_ssize_t *at, Py_ssize_t count, struct planes *column)
{
    if (size - *at < PLAIN_HEAD)
        return 0;
    *column = (struct planes){raw + *at + PLAIN_HEAD, count, raw[*at], get_u64(raw + *at + 1)};
    *at += PLAIN_HEAD;
    if (column->width > 8 || (count && column->width > (size - *at) / count))
        return 0;
    *at += (Py_ssize_t)column->width * count;
    return 1;
}

/* One of the integers, modulo 2^64. */
static uint64_t value_at(const struct planes *column, Py_ssize_t row)
{
    uint64_t value = column->least;
    for (unsigned plane = 0; plane < column->width; plane++)
        value += (uint64_t)column->bytes[plane * column->count + row] << 8 * plane;
    return value;
}

/* The sum of the first of them, likewise. */
static uint64_t sum_of(const struct planes *column, Py_ssize_t upto)
{
    uint64_t total = column->least * (uint64_t)upto;
    for (unsigned plane = 0; plane < column->width; plane++) {
        const unsigned char *from = column->bytes + plane * column->count;
        uint64_t sum = 0;
        for (Py_ssize_t row = 0; row < upto; row++)
            sum += from[row];
        total += sum << 8 * plane;
    }
    return total;
}

/* How many of those before one equal it. */
static Py_ssize_t same_before(const struct planes *column, Py_ssize_t row)
{
    Py_ssize_t same = 0;
    for (Py_ssize_t at = 0; at < row; at++) {
        unsigned plane = 0;
        while (plane < column->width &&
               column->bytes[plane * column->count + at] == column->bytes[plane * column->count + row])
            plane++;
        same += plane == column->width;
    }
    return same;
}

/* One value of the plain column at `*at`, which becomes its end, and how many of those before equal it where `rank` is
 * not NULL. */
static int get_plain_at(const unsigned char *raw, Py_ssize_t size, Py_ssize_t *at, Py_ssize_t count, Py_ssize_t row,
                        uint64_t *value, Py_ssize_t *rank)
{
    struct planes column;
    if (!get_column(raw, size, at, count, &column))
        return 0;
    *value = value_at(&column, row);
    if (*value < column.least) /* it exceeds 64 bits */
        return 0;
    if (rank != NULL)
        *rank = same_before(&column, row);
    return 1;
}

static int get_series_at(const unsigned char *raw, Py_ssize_t size, Py_ssize_t *at, Py_ssize_t count, Py_ssize_t row,
                         uint64_t *value)
{
    struct planes steps;
    if (size - *at < FIRST_BYTES)
        return 0;
    *value = get_u64(raw + *at);
    *at += FIRST_BYTES;
    if (!get_column(raw, size, at, count - 1, &steps))
        return 0;
    *value += sum_of(&steps, row);
    return 1;
}

static PyObject *row_numbers(PyObject *module, PyObject *arguments)
{
    (void)module;
    const char *held;
    Py_ssize_t size, count, row, at = 0, rank = 0;
    uint64_t of[NUMBERS];
    if (!PyArg_ParseTuple(arguments, "y#nn", &held, &size, &count, &row))
        return NULL;
    const unsigned char *raw = (const unsigned char *)held;
    if (row < 0 || row >= count || !get_series_at(raw, size, &at, count, row, of) ||
        !get_plain_at(raw, size, &at, count, row, of + 1, NULL) ||
        !get_plain_at(raw, size, &at, count, row, of + 2, &rank) ||
        !get_series_at(raw, size, &at, count, row, of + 3) || !get_series_at(raw, size, &at, count, row, of + 4) ||
        !get_series_at(raw, size, &at, count, row, of + 5))
        FALL_BACK;
    return Py_BuildValue("KKKKKKn", of[0], of[1], of[2], of[3], of[3] - of[4], of[5], rank);
}

/* The values of a plain column, in the order in which they first appear, and how often each does. False when there are
 * more of them than fit, or one exceeds 64 bits. */
static int tally(const struct planes *column, uint64_t values[SHAPES], Py_ssize_t counts[SHAPES], int *known)
{
    int at = 0;
    *known = 0;
    for (Py_ssize_t row = 0; row < column->count; row++) {
        uint64_t value = value_at(column, row);
        if (value < column->least)
            return 0;
        if (at >= *known || values[at] != value)
            for (at = 0; at < *known && values[at] != value; at++)
                continue;
        if (at == *known) {
            if (*known == SHAPES)
                return 0;
            values[at] = value;
            counts[(*known)++] = 0;
        }
        counts[at]++;
    }
    return 1;
}

static PyObject *shape_counts(PyObject *module, PyObject *arguments)
{
    (void)module;
    const char *held;
    Py_ssize_t size, count, at = 0, counts[SHAPES];
    uint64_t ignored, values[SHAPES];
    struct planes shape;
    int known;
    if (!PyArg_ParseTuple(arguments, "y#n", &held, &size, &count))
        return NULL;
    const unsigned char *raw = (const unsigned char *)held;
    if (count < 1 || !get_series_at(raw, size, &at, count, 0, &ignored) ||
        !get_column(raw, size, &at, count, &shape) || !get_column(raw, size, &at, count, &shape) ||
        !tally(&shape, values, counts, &known))
        FALL_BACK;
    PyObject *made = PyTuple_New(2 * known);
    for (int place = 0; made != NULL && place < 2 * known; place++) {
        PyObject *number = place % 2 ? PyLong_FromSsize_t(counts[place / 2])
                                     : PyLong_FromUnsignedLongLong(values[place / 2]);
        if (number == NULL || PyTuple_SetItem(made, place, number) < 0) {
            Py_DECREF(made);
            return NULL;
        }
    }
    return made;
}

/* A column of texts, or of distances to a realtime, in its frame. */
struct values {
    const unsigned char *raw;
    Py_ssize_t size;
    Py_ssize_t texts; /* where they begin */
    struct planes numbers;
    int is_text;
};

/* An integer of a sequence in fast form. False when it is none, or out of range. */
static int item_at(PyObject *items, Py_ssize_t at, Py_ssize_t *value)
{
    PyObject *item = PyTuple_GetItem(items, at); /* borrowed */
    if (item == NULL || !PyLong_Check(item)) {
        PyErr_Clear();
        return 0;
    }
    *value = PyLong_AsSsize_t(item);
    if (*value == -1 && PyErr_Occurred()) {
        PyErr_Clear();
        return 0;
    }
    return *value >= 0;
}

/* The columns of the frames that are there: `where` has kind and frame of each, `sizes` its values. */
static int find_columns(PyObject *frames, PyObject *where, PyObject *sizes, Py_ssize_t columns, Py_ssize_t *ends,
                        struct values *found)
{
    for (Py_ssize_t at = 0; at < columns; at++) {
        Py_ssize_t kind, frame, count;
        if (!item_at(where, 2 * at, &kind) || !item_at(where, 2 * at + 1, &frame) || !item_at(sizes, at, &count) ||
            frame >= PyTuple_Size(frames) || count > TEXTS)
            return 0;
        PyObject *held = PyTuple_GetItem(frames, frame); /* borrowed, as long as `frames` are */
        if (!PyBytes_Check(held))
            continue; /* nothing of it is wanted */
        struct values *column = found + at;
        *column = (struct values){.raw = (const unsigned char *)PyBytes_AsString(held), .size = PyBytes_Size(held)};
        Py_ssize_t end = ends[frame];
        if (!get_column(column->raw, column->size, &end, count, &column->numbers))
            return 0;
        column->texts = end;
        column->is_text = kind == TEXT;
        if (column->is_text) {
            if (column->numbers.width > TEXT_WIDTH || column->numbers.least > UINT32_MAX)
                return 0;
            uint64_t bytes = sum_of(&column->numbers, count);
            if (bytes > (uint64_t)(column->size - end))
                return 0;
            end += (Py_ssize_t)bytes;
        }
        ends[frame] = end;
    }
    return 1;
}

static PyObject *value_of(const struct values *column, Py_ssize_t index, uint64_t realtime)
{
    uint64_t number = value_at(&column->numbers, index);
    if (column->is_text) /* within the sum of all, which was compared with the size */
        return PyBytes_FromStringAndSize(
            (const char *)column->raw + column->texts + sum_of(&column->numbers, index), (Py_ssize_t)number);
    char text[DIGITS];
    char *end = put_decimal(text, realtime - number);
    return PyBytes_FromStringAndSize(text, end - text);
}

/* The values at (column, index), …; None when one is not there. */
static PyObject *values_of(const struct values *found, Py_ssize_t columns, PyObject *wanted, uint64_t realtime)
{
    Py_ssize_t count = PyTuple_Size(wanted) / 2;
    PyObject *made = PyTuple_New(count);
    for (Py_ssize_t at = 0; made != NULL && at < count; at++) {
        Py_ssize_t column, index;
        if (!item_at(wanted, 2 * at, &column) || !item_at(wanted, 2 * at + 1, &index) || column >= columns ||
            found[column].raw == NULL || index >= found[column].numbers.count) {
            Py_DECREF(made);
            FALL_BACK;
        }
        PyObject *value = value_of(found + column, index, realtime);
        if (value == NULL || PyTuple_SetItem(made, at, value) < 0) {
            Py_DECREF(made);
            return NULL;
        }
    }
    return made;
}

static PyObject *row_values(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *frames, *where, *sizes, *wanted;
    unsigned long long realtime;
    if (!PyArg_ParseTuple(arguments, "O!O!O!O!K", &PyTuple_Type, &frames, &PyTuple_Type, &where, &PyTuple_Type, &sizes,
                          &PyTuple_Type, &wanted, &realtime))
        return NULL;
    Py_ssize_t columns = PyTuple_Size(sizes), number = PyTuple_Size(frames);
    if (PyTuple_Size(where) != 2 * columns || PyTuple_Size(wanted) % 2)
        FALL_BACK;
    struct values *found = PyMem_Calloc((size_t)columns + 1, sizeof *found);
    Py_ssize_t *ends = PyMem_Calloc((size_t)number + 1, sizeof *ends);
    PyObject *made = NULL;
    if (found == NULL || ends == NULL)
        PyErr_NoMemory();
    else if (find_columns(frames, where, sizes, columns, ends, found))
        made = values_of(found, columns, wanted, realtime);
    else
        made = Py_NewRef(Py_None);
    PyMem_Free(found);
    PyMem_Free(ends);
    return made;
}

PyMethodDef points_methods[] = {
    {"row_numbers", row_numbers, METH_VARARGS,
     "(frame, rows, row): its numbers, and how many of its shape stand before it; None to ask the reference."},
    {"shape_counts", shape_counts, METH_VARARGS,
     "(frame, rows): each shape, and how many rows have it; None to ask the reference."},
    {"row_values", row_values, METH_VARARGS,
     "(frames, kinds and frames, sizes, columns and indexes, realtime): values; None to ask the reference."},
    {NULL, NULL, 0, NULL},
};
