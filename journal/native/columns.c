/* Columns of integers as byte planes: store/embedded/columns.py is the reference, docs/formats/store.md the format. */

#include "codec.h"

static void put_u64(unsigned char *to, uint64_t value)
{
    for (int at = 0; at < 8; at++)
        to[at] = (unsigned char)(value >> 8 * at);
}

static int bytes_of(uint64_t value)
{
    int width = 0;
    for (; value; value >>= 8)
        width++;
    return width;
}

static void put_planes(unsigned char *to, const uint64_t *values, Py_ssize_t count, int width)
{
    for (int plane = 0; plane < width; plane++)
        for (Py_ssize_t at = 0; at < count; at++)
            *to++ = (unsigned char)(values[at] >> 8 * plane);
}

/* The integers of a list, to be freed by PyMem_Free. NULL without an error when it holds anything else than integers
 * of 0 to 2^64 - 1, with an error when there is no memory. */
static uint64_t *numbers_of(PyObject *list, Py_ssize_t count)
{
    uint64_t *values = PyMem_Calloc((size_t)count + 1, sizeof *values);
    if (values == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (Py_ssize_t at = 0; at < count; at++) {
        PyObject *item = PyList_GetItem(list, at); /* borrowed */
        if (item == NULL || !PyLong_CheckExact(item)) {
            PyErr_Clear();
            PyMem_Free(values);
            return NULL;
        }
        values[at] = PyLong_AsUnsignedLongLong(item);
        if (values[at] == UINT64_MAX && PyErr_Occurred()) {
            PyErr_Clear();
            PyMem_Free(values);
            return NULL;
        }
    }
    return values;
}

static PyObject *packed(uint64_t *values, Py_ssize_t count)
{
    uint64_t least = count ? values[0] : 0, most = least;
    for (Py_ssize_t at = 1; at < count; at++) {
        if (values[at] < least)
            least = values[at];
        if (values[at] > most)
            most = values[at];
    }
    int width = bytes_of(most - least);
    PyObject *made = PyBytes_FromStringAndSize(NULL, 9 + width * count);
    if (made == NULL)
        return NULL;
    unsigned char *to = (unsigned char *)PyBytes_AsString(made);
    to[0] = (unsigned char)width;
    put_u64(to + 1, least);
    for (Py_ssize_t at = 0; at < count; at++)
        values[at] -= least;
    put_planes(to + 9, values, count, width);
    return made;
}

static PyObject *packed_series(uint64_t *values, Py_ssize_t count)
{
    uint64_t first = values[0];
    /* Differences modulo 2^64 as signed numbers, moved so that the least is 0. */
    int64_t least = 0, most = 0;
    for (Py_ssize_t at = count - 1; at > 0; at--) {
        values[at] -= values[at - 1];
        int64_t step = (int64_t)values[at];
        if (at == count - 1 || step < least)
            least = step;
        if (at == count - 1 || step > most)
            most = step;
    }
    int width = bytes_of((uint64_t)most - (uint64_t)least);
    PyObject *made = PyBytes_FromStringAndSize(NULL, 17 + width * (count - 1));
    if (made == NULL)
        return NULL;
    unsigned char *to = (unsigned char *)PyBytes_AsString(made);
    put_u64(to, first);
    to[8] = (unsigned char)width;
    put_u64(to + 9, (uint64_t)least);
    for (Py_ssize_t at = 1; at < count; at++)
        values[at] -= (uint64_t)least;
    put_planes(to + 17, values + 1, count - 1, width);
    return made;
}

static PyObject *pack_with(PyObject *list, PyObject *(*pack)(uint64_t *, Py_ssize_t))
{
    if (!PyList_CheckExact(list))
        FALL_BACK;
    Py_ssize_t count = PyList_Size(list);
    if (count == 0 || count > PY_SSIZE_T_MAX / 16)
        FALL_BACK;
    uint64_t *values = numbers_of(list, count);
    if (values == NULL) {
        if (PyErr_Occurred())
            return NULL;
        FALL_BACK;
    }
    PyObject *made = pack(values, count);
    PyMem_Free(values);
    return made;
}

static PyObject *pack(PyObject *module, PyObject *list)
{
    (void)module;
    return pack_with(list, packed);
}

static PyObject *pack_series(PyObject *module, PyObject *list)
{
    (void)module;
    return pack_with(list, packed_series);
}

PyMethodDef columns_methods[] = {
    {"pack", pack, METH_O, "Unsigned 64-bit integers as they are; None to ask the reference."},
    {"pack_series", pack_series, METH_O, "Unsigned 64-bit integers as differences; None to ask the reference."},
    {NULL, NULL, 0, NULL},
};
