/* What Python sees of reading export text: a table of lines in a capsule, and a function that reads with it. */

#include "exporttext.h"

static const char CAPSULE[] = "journalhub.journal._codec.lines";

static void end_lines(PyObject *capsule)
{
    struct lines *lines = PyCapsule_GetPointer(capsule, CAPSULE);
    if (lines != NULL)
        forget_lines(lines);
    PyMem_Free(lines);
}

/* export_lines(seed, origin_fields, unique) */
static PyObject *export_lines(PyObject *module, PyObject *arguments)
{
    (void)module;
    unsigned long long seed;
    PyObject *origin_fields, *unique;
    if (!PyArg_ParseTuple(arguments, "KOO", &seed, &origin_fields, &unique))
        return NULL;
    if (!PyFrozenSet_CheckExact(origin_fields) || !PyFrozenSet_CheckExact(unique)) {
        PyErr_SetString(PyExc_TypeError, "want two frozensets of names");
        return NULL;
    }
    struct lines *lines = PyMem_Calloc(1, sizeof *lines);
    if (lines == NULL)
        return PyErr_NoMemory();
    lines->seed = seed;
    lines->origin_fields = Py_NewRef(origin_fields);
    lines->unique = Py_NewRef(unique);
    PyObject *capsule = PyCapsule_New(lines, CAPSULE, end_lines);
    if (capsule == NULL) {
        forget_lines(lines);
        PyMem_Free(lines);
    }
    return capsule;
}

static int set_columns(struct columns *to, PyObject *lists)
{
    if (!PyTuple_CheckExact(lists) || PyTuple_Size(lists) != COLUMNS || !PyDict_CheckExact(to->speakers)
        || !PyDict_CheckExact(to->shapes)) {
        PyErr_Format(PyExc_TypeError, "want a tuple of %d lists, and dictionaries", COLUMNS);
        return -1;
    }
    for (int at = 0; at < COLUMNS; at++) {
        to->columns[at] = PyTuple_GetItem(lists, at);
        if (!PyList_CheckExact(to->columns[at])) {
            PyErr_SetString(PyExc_TypeError, "a column is no list");
            return -1;
        }
    }
    return 0;
}

/* read_entries(lines, text, columns, (speakers, speaker), (shapes, shape), most_rows, most_bytes)
 * -> (bytes of text that were read, bytes of the values that came out) */
static PyObject *read_export(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *capsule, *lists;
    Py_buffer text;
    Py_ssize_t most_rows, most_bytes;
    struct columns to = {0};
    if (!PyArg_ParseTuple(arguments, "Oy*O(OO)(OO)nn", &capsule, &text, &lists, &to.speakers, &to.speaker, &to.shapes,
            &to.shape, &most_rows, &most_bytes))
        return NULL;
    struct lines *lines = PyCapsule_GetPointer(capsule, CAPSULE);
    PyObject *result = NULL;
    if (lines != NULL && lines->busy)
        PyErr_SetString(PyExc_RuntimeError, "the table of lines is in use");
    else if (lines != NULL && set_columns(&to, lists) == 0) {
        lines->busy = 1;
        Py_ssize_t read = read_entries(lines, &to, text.buf, text.len, most_rows, most_bytes);
        lines->busy = 0;
        if (read >= 0)
            result = Py_BuildValue("(nn)", read, to.bytes);
    }
    PyBuffer_Release(&text);
    return result;
}

PyMethodDef export_methods[] = {
    {"export_lines", export_lines, METH_VARARGS, "An empty table of lines, for read_entries."},
    {"read_entries", read_export, METH_VARARGS, "Whole entries from the beginning of export text into a batch."},
    {NULL, NULL, 0, NULL},
};
