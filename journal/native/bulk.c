/* Columns of a block as the machine's own integers: store/embedded/bulk.py is the reference, docs/formats/store.md the
 * format. */

#include "codec.h"

enum { PLAIN_HEAD = 9, SERIES_HEAD = 17, COLUMNS = 7, SHAPES = 256, BLOCK_ROWS = 1024 };

static uint64_t get_u64(const unsigned char *from)
{
    uint64_t value = 0;
    for (int at = 7; at >= 0; at--)
        value = value << 8 | from[at];
    return value;
}

/* The `count` integers of the planes at `*at` of `raw`, each plus `least`. False when they end early. */
static int get_planes(const unsigned char *raw, Py_ssize_t size, Py_ssize_t *at, Py_ssize_t count, unsigned width,
                      uint64_t least, uint64_t *to)
{
    if (width > 8 || (count && width > (size - *at) / count))
        return 0;
    for (Py_ssize_t row = 0; row < count; row++)
        to[row] = least;
    const unsigned char *from = raw + *at;
    for (unsigned plane = 0; plane < width; plane++, from += count)
        for (Py_ssize_t row = 0; row < count; row++)
            to[row] += (uint64_t)from[row] << 8 * plane;
    *at += (Py_ssize_t)width * count;
    return 1;
}

int get_plain(const unsigned char *raw, Py_ssize_t size, Py_ssize_t *at, Py_ssize_t count, uint64_t *to)
{
    if (size - *at < PLAIN_HEAD)
        return 0;
    unsigned width = raw[*at];
    uint64_t least = get_u64(raw + *at + 1);
    *at += PLAIN_HEAD;
    if (width && width <= 8 && least > UINT64_MAX - (UINT64_MAX >> (64 - 8 * width)))
        return 0;
    return get_planes(raw, size, at, count, width, least, to);
}

/* What `pack_series` wrote, at least one value; sums are modulo 2^64, as in the reference. */
static int get_series(const unsigned char *raw, Py_ssize_t size, Py_ssize_t *at, Py_ssize_t count, uint64_t *to)
{
    if (size - *at < SERIES_HEAD)
        return 0;
    to[0] = get_u64(raw + *at);
    unsigned width = raw[*at + 8];
    uint64_t least = get_u64(raw + *at + 9);
    *at += SERIES_HEAD;
    if (!get_planes(raw, size, at, count - 1, width, least, to + 1))
        return 0;
    for (Py_ssize_t row = 1; row < count; row++)
        to[row] += to[row - 1];
    return 1;
}

/* Of each row, how many of its shape stand before it. False when there are more shapes than fit. */
static int get_ranks(const uint64_t *shape, Py_ssize_t count, uint64_t *rank)
{
    uint64_t shapes[SHAPES], following[SHAPES];
    int known = 0, at = 0;
    for (Py_ssize_t row = 0; row < count; row++) {
        if (at >= known || shapes[at] != shape[row])
            for (at = 0; at < known && shapes[at] != shape[row]; at++)
                continue;
        if (at == known) {
            if (known == SHAPES)
                return 0;
            shapes[known] = shape[row];
            following[known++] = 0;
        }
        rank[row] = following[at]++;
    }
    return 1;
}

static int get_columns(const unsigned char *raw, Py_ssize_t size, Py_ssize_t count, uint64_t *columns[COLUMNS])
{
    Py_ssize_t at = 0;
    if (!get_series(raw, size, &at, count, columns[0]) || !get_plain(raw, size, &at, count, columns[1]) ||
        !get_plain(raw, size, &at, count, columns[2]) || !get_series(raw, size, &at, count, columns[3]) ||
        !get_series(raw, size, &at, count, columns[4]) || !get_series(raw, size, &at, count, columns[5]))
        return 0;
    for (Py_ssize_t row = 0; row < count; row++)
        columns[4][row] = columns[3][row] - columns[4][row];
    return get_ranks(columns[2], count, columns[6]);
}

static PyObject *block_numbers(PyObject *module, PyObject *arguments)
{
    (void)module;
    const char *raw;
    Py_ssize_t size, count;
    if (!PyArg_ParseTuple(arguments, "y#n", &raw, &size, &count))
        return NULL;
    /* Rows that take no byte of any column are believed only as many as a block has. */
    if (count < 1 || (count > size && count > BLOCK_ROWS))
        FALL_BACK;
    PyObject *made = PyTuple_New(COLUMNS);
    uint64_t *columns[COLUMNS];
    for (int at = 0; made != NULL && at < COLUMNS; at++) {
        PyObject *column = PyBytes_FromStringAndSize(NULL, 8 * count);
        if (column == NULL || PyTuple_SetItem(made, at, column) < 0) {
            Py_DECREF(made);
            return NULL;
        }
        columns[at] = (uint64_t *)(void *)PyBytes_AsString(column);
    }
    if (made == NULL)
        return NULL;
    if (get_columns((const unsigned char *)raw, size, count, columns))
        return made;
    Py_DECREF(made);
    FALL_BACK;
}

int add_up(uint64_t *bounds, Py_ssize_t count, Py_ssize_t at, Py_ssize_t size)
{
    bounds[0] = (uint64_t)at;
    for (Py_ssize_t row = 1; row <= count; row++) {
        if (bounds[row] > (uint64_t)size - bounds[row - 1])
            return 0;
        bounds[row] += bounds[row - 1];
    }
    return 1;
}

/* Decimal numbers: each the realtime of its row less the distance in bounds[row + 1]. NULL without memory. */
static PyObject *decimals(const uint64_t *realtime, uint64_t *bounds, Py_ssize_t count)
{
    char *text = PyMem_Malloc(20 * (size_t)count), *to = text;
    if (text == NULL)
        return PyErr_NoMemory();
    bounds[0] = 0;
    for (Py_ssize_t row = 0; row < count; row++) {
        to = put_decimal(to, realtime[row] - bounds[row + 1]);
        bounds[row + 1] = (uint64_t)(to - text);
    }
    PyObject *made = PyBytes_FromStringAndSize(text, to - text);
    PyMem_Free(text);
    return made;
}

static PyObject *block_texts(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *raw, *realtime;
    Py_ssize_t at, count;
    if (!PyArg_ParseTuple(arguments, "SnnO", &raw, &at, &count, &realtime))
        return NULL;
    Py_ssize_t size = PyBytes_Size(raw);
    int is_text = realtime == Py_None;
    if (at < 0 || at > size || count < 1 || count > PY_SSIZE_T_MAX / 32 ||
        (!is_text && (!PyBytes_Check(realtime) || PyBytes_Size(realtime) != 8 * count)))
        FALL_BACK;
    PyObject *bounds = PyBytes_FromStringAndSize(NULL, 8 * (count + 1));
    if (bounds == NULL)
        return NULL;
    uint64_t *numbers = (uint64_t *)(void *)PyBytes_AsString(bounds);
    if (!get_plain((const unsigned char *)PyBytes_AsString(raw), size, &at, count, numbers + 1) ||
        (is_text && !add_up(numbers, count, at, size))) {
        Py_DECREF(bounds);
        FALL_BACK;
    }
    if (is_text)
        return Py_BuildValue("ONn", raw, bounds, (Py_ssize_t)numbers[count]);
    PyObject *text = decimals((const uint64_t *)(const void *)PyBytes_AsString(realtime), numbers, count);
    if (text == NULL) {
        Py_DECREF(bounds);
        return NULL;
    }
    return Py_BuildValue("NNn", text, bounds, at);
}

PyMethodDef bulk_methods[] = {
    {"block_numbers", block_numbers, METH_VARARGS, "(frame, rows): columns of integers; None to ask the reference."},
    {"block_texts", block_texts, METH_VARARGS,
     "(frame, at, rows, realtimes or None): texts, their bounds, the end of the column; None to ask the reference."},
    {NULL, NULL, 0, NULL},
};
