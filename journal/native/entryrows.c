/* An entry out of the columns of its block, and as a row of the API: store/bulk.py and query/api/members.py are the
 * references. A row is made here where all its values are printable ASCII, tabs and newlines. */

#include "codec.h"

enum { HEAD = 64, FIXED = 512, VALUES_MAX = 4096 };

/* The value of a rank in one (raw, bounds, start), as a new object; NULL where there is none, perhaps without error. */
static PyObject *value_at(PyObject *text, uint64_t rank)
{
    if (!PyTuple_Check(text) || PyTuple_Size(text) != 3)
        return NULL;
    PyObject *raw = PyTuple_GetItem(text, 0);
    Py_ssize_t start = PyLong_AsSsize_t(PyTuple_GetItem(text, 2));
    Py_buffer bounds;
    if (start < 0 || !PyBytes_Check(raw) || PyObject_GetBuffer(PyTuple_GetItem(text, 1), &bounds, PyBUF_SIMPLE) < 0)
        return NULL;
    PyObject *value = NULL;
    Py_ssize_t values = bounds.len / 8 - 1;
    if (start <= values && rank < (uint64_t)(values - start)) {
        uint64_t its[2];
        memcpy(its, (const char *)bounds.buf + 8 * (start + (Py_ssize_t)rank), sizeof its);
        if (its[0] <= its[1] && its[1] <= (uint64_t)PyBytes_Size(raw))
            value = PyBytes_FromStringAndSize(PyBytes_AsString(raw) + its[0], (Py_ssize_t)(its[1] - its[0]));
    }
    PyBuffer_Release(&bounds);
    return value;
}

static PyObject *values_of(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *texts;
    Py_ssize_t rank;
    if (!PyArg_ParseTuple(arguments, "O!n", &PyList_Type, &texts, &rank))
        return NULL;
    if (rank < 0)
        FALL_BACK;
    Py_ssize_t count = PyList_Size(texts);
    PyObject *values = PyTuple_New(count);
    for (Py_ssize_t at = 0; values != NULL && at < count; at++) {
        PyObject *value = value_at(PyList_GetItem(texts, at), (uint64_t)rank);
        if (value == NULL || PyTuple_SetItem(values, at, value) < 0) {
            Py_DECREF(values);
            PyErr_Clear();
            FALL_BACK;
        }
    }
    return values;
}

static char *put_text(char *to, const char *text, Py_ssize_t size)
{
    memcpy(to, text, (size_t)size);
    return to + size;
}

#define PUT(to, literal) put_text(to, literal, (Py_ssize_t)sizeof literal - 1)

/* Bytes that the members take at most; -1 where they are not what they should be. */
static Py_ssize_t room_for(PyObject *literals, PyObject *values)
{
    Py_ssize_t count = PyTuple_Size(values), room = 0;
    if (PyTuple_Size(literals) != count || count > VALUES_MAX)
        return -1;
    for (Py_ssize_t at = 0; at < count; at++) {
        PyObject *literal = PyTuple_GetItem(literals, at), *value = PyTuple_GetItem(values, at);
        if (!PyBytes_Check(literal) || !PyBytes_Check(value))
            return -1;
        Py_ssize_t size = PyBytes_Size(literal), more = PyBytes_Size(value);
        if (size > PY_SSIZE_T_MAX / 8 || more > PY_SSIZE_T_MAX / 8 || room > PY_SSIZE_T_MAX / 4 - size - 2 * more)
            return -1;
        room += size + 2 * more + 1;
    }
    return room;
}

/* A value and the quote behind it; NULL where it is not printable ASCII, tabs and newlines. */
static char *put_string(char *to, PyObject *value)
{
    const char *text = PyBytes_AsString(value);
    Py_ssize_t size = PyBytes_Size(value);
    for (Py_ssize_t at = 0; at < size; at++) {
        char byte = text[at];
        if (byte == '\n' || byte == '\t')
            byte = byte == '\n' ? 'n' : 't';
        else if ((unsigned char)(byte - 0x20) > 0x5e)
            return NULL;
        else if (byte != '"' && byte != '\\') {
            *to++ = byte;
            continue;
        }
        *to++ = '\\';
        *to++ = byte;
    }
    *to++ = '"';
    return to;
}

/* What stands before the fields. `head` is the hex digits of sequence and boot. */
static char *put_head(char *to, const char *head, const uint64_t numbers[5])
{
    uint64_t realtime = numbers[0], number = numbers[1], seqnum = numbers[2], monotonic = numbers[3];
    to = put_text(PUT(to, "{\"__CURSOR\":\"s="), head, 32);
    to = put_hex(PUT(to, ";i="), seqnum);
    to = put_text(PUT(to, ";b="), head + 32, 32);
    to = put_hex(PUT(to, ";m="), monotonic);
    to = put_hex(PUT(to, ";t="), realtime);
    to = put_hex(PUT(to, ";x="), numbers[4]);
    to = put_decimal(PUT(to, "\",\"__REALTIME_TIMESTAMP\":\""), realtime);
    to = put_decimal(PUT(to, "\",\"__MONOTONIC_TIMESTAMP\":\""), monotonic);
    to = put_decimal(PUT(to, "\",\"__SEQNUM\":\""), seqnum);
    to = put_text(PUT(to, "\",\"__SEQNUM_ID\":\""), head, 32);
    to = put_text(PUT(to, "\",\"_BOOT_ID\":\""), head + 32, 32);
    to = put_decimal(PUT(to, "\",\"__POSITION\":\""), realtime);
    to = put_decimal(PUT(to, "."), number);
    return PUT(to, "\"");
}

static PyObject *json_row(PyObject *module, PyObject *arguments)
{
    (void)module;
    const char *head, *members;
    Py_ssize_t head_size, members_size;
    PyObject *literals, *values, *given[5];
    if (!PyArg_ParseTuple(arguments, "y#y#O!O!OOOOO", &head, &head_size, &members, &members_size, &PyTuple_Type,
                          &literals, &PyTuple_Type, &values, &given[0], &given[1], &given[2], &given[3], &given[4]))
        return NULL;
    uint64_t numbers[5];
    for (int at = 0; at < 5; at++) {
        if (!PyLong_Check(given[at]))
            FALL_BACK;
        numbers[at] = PyLong_AsUnsignedLongLong(given[at]);
        if (PyErr_Occurred()) {
            PyErr_Clear();
            FALL_BACK;
        }
    }
    Py_ssize_t room = room_for(literals, values);
    if (head_size != HEAD || room < 0 || members_size > PY_SSIZE_T_MAX / 4)
        FALL_BACK;
    char *row = PyMem_Malloc((size_t)(FIXED + members_size + room));
    if (row == NULL)
        return PyErr_NoMemory();
    char *to = put_text(put_head(row, head, numbers), members, members_size);
    Py_ssize_t count = PyTuple_Size(values);
    for (Py_ssize_t at = 0; to != NULL && at < count; at++) {
        PyObject *literal = PyTuple_GetItem(literals, at);
        to = put_text(to, PyBytes_AsString(literal), PyBytes_Size(literal));
        to = put_string(to, PyTuple_GetItem(values, at));
    }
    PyObject *made = NULL;
    if (to != NULL) {
        *to++ = '}';
        made = PyBytes_FromStringAndSize(row, to - row);
    }
    PyMem_Free(row);
    if (to != NULL)
        return made;
    FALL_BACK;
}

PyMethodDef entryrows_methods[] = {
    {"values_of", values_of, METH_VARARGS, "(texts, rank): the values of a row; None to ask the reference."},
    {"json_row", json_row, METH_VARARGS,
     "(head, members, literals, values, realtime, ord, seqnum, monotonic, xor hash): the row; None to ask the "
     "reference."},
    {NULL, NULL, 0, NULL},
};
