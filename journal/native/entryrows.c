/* An entry out of the columns of its block, and as a row of the API: store/bulk.py and query/api/members.py are the
 * references. A row is made here where all its values are printable ASCII, tabs and newlines. */

#include "codec.h"

enum { HEAD = 64, FIXED = 512, VALUES_MAX = 1024 };

typedef struct {
    const char *text;
    Py_ssize_t size;
} value_t;

/* Finds the value of a rank in one (raw, bounds, start); 0 where there is none, perhaps with an error. */
static int find_value(PyObject *text, uint64_t rank, value_t *value)
{
    if (!PyTuple_Check(text) || PyTuple_Size(text) != 3)
        return 0;
    PyObject *raw = PyTuple_GetItem(text, 0);
    Py_ssize_t start = PyLong_AsSsize_t(PyTuple_GetItem(text, 2));
    Py_buffer bounds;
    if (start < 0 || !PyBytes_Check(raw) || PyObject_GetBuffer(PyTuple_GetItem(text, 1), &bounds, PyBUF_SIMPLE) < 0)
        return 0;
    int found = 0;
    Py_ssize_t values = bounds.len / 8 - 1;
    if (start <= values && rank < (uint64_t)(values - start)) {
        uint64_t its[2];
        memcpy(its, (const char *)bounds.buf + 8 * (start + (Py_ssize_t)rank), sizeof its);
        found = its[0] <= its[1] && its[1] <= (uint64_t)PyBytes_Size(raw);
        if (found) {
            value->text = PyBytes_AsString(raw) + its[0];
            value->size = (Py_ssize_t)(its[1] - its[0]);
        }
    }
    PyBuffer_Release(&bounds);
    return found;
}

/* The same as a new object; NULL where there is none. */
static PyObject *value_at(PyObject *text, uint64_t rank)
{
    value_t value;
    return find_value(text, rank, &value) ? PyBytes_FromStringAndSize(value.text, value.size) : NULL;
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

/* Adds what a member takes at most; 0 where that is too much. */
static int add_room(Py_ssize_t *room, Py_ssize_t literal, Py_ssize_t value)
{
    if (literal > PY_SSIZE_T_MAX / 8 || value > PY_SSIZE_T_MAX / 8 || *room > PY_SSIZE_T_MAX / 4 - literal - 2 * value)
        return 0;
    *room += literal + 2 * value + 1;
    return 1;
}

/* A value and the quote behind it; NULL where it is not printable ASCII, tabs and newlines. */
static char *put_string(char *to, value_t value)
{
    for (Py_ssize_t at = 0; at < value.size; at++) {
        char byte = value.text[at];
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

/* Reads numbers; 0 where one is not of 64 bits. */
static int get_numbers(PyObject *const given[5], uint64_t numbers[5])
{
    for (int at = 0; at < 5; at++) {
        if (!PyLong_Check(given[at]))
            return 0;
        numbers[at] = PyLong_AsUnsignedLongLong(given[at]);
        if (PyErr_Occurred()) {
            PyErr_Clear();
            return 0;
        }
    }
    return 1;
}

typedef struct {
    const char *head, *members;
    Py_ssize_t head_size, members_size;
    PyObject *literals;
    uint64_t numbers[5];
} row_t;

/* The row with these values, as many as there are literals; None where one is not plain. */
static PyObject *make_row(const row_t *job, const value_t *values)
{
    Py_ssize_t count = PyTuple_Size(job->literals), room = 0;
    if (job->head_size != HEAD || job->members_size > PY_SSIZE_T_MAX / 4)
        FALL_BACK;
    for (Py_ssize_t at = 0; at < count; at++) {
        PyObject *literal = PyTuple_GetItem(job->literals, at);
        if (!PyBytes_Check(literal) || !add_room(&room, PyBytes_Size(literal), values[at].size))
            FALL_BACK;
    }
    char *row = PyMem_Malloc((size_t)(FIXED + job->members_size + room));
    if (row == NULL)
        return PyErr_NoMemory();
    char *to = put_text(put_head(row, job->head, job->numbers), job->members, job->members_size);
    for (Py_ssize_t at = 0; to != NULL && at < count; at++) {
        PyObject *literal = PyTuple_GetItem(job->literals, at);
        to = put_string(put_text(to, PyBytes_AsString(literal), PyBytes_Size(literal)), values[at]);
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

static PyObject *json_row(PyObject *module, PyObject *arguments)
{
    (void)module;
    row_t job;
    PyObject *values, *given[5];
    if (!PyArg_ParseTuple(arguments, "y#y#O!O!OOOOO", &job.head, &job.head_size, &job.members, &job.members_size,
                          &PyTuple_Type, &job.literals, &PyTuple_Type, &values, &given[0], &given[1], &given[2],
                          &given[3], &given[4]))
        return NULL;
    Py_ssize_t count = PyTuple_Size(values);
    if (!get_numbers(given, job.numbers) || PyTuple_Size(job.literals) != count || count > VALUES_MAX)
        FALL_BACK;
    value_t found[VALUES_MAX];
    for (Py_ssize_t at = 0; at < count; at++) {
        PyObject *value = PyTuple_GetItem(values, at);
        if (!PyBytes_Check(value))
            FALL_BACK;
        found[at] = (value_t){PyBytes_AsString(value), PyBytes_Size(value)};
    }
    return make_row(&job, found);
}

static PyObject *json_row_at(PyObject *module, PyObject *arguments)
{
    (void)module;
    row_t job;
    PyObject *texts, *given[5];
    Py_ssize_t rank, clip;
    if (!PyArg_ParseTuple(arguments, "y#y#O!O!nnOOOOO", &job.head, &job.head_size, &job.members, &job.members_size,
                          &PyTuple_Type, &job.literals, &PyList_Type, &texts, &rank, &clip, &given[0], &given[1],
                          &given[2], &given[3], &given[4]))
        return NULL;
    Py_ssize_t count = PyList_Size(texts);
    if (rank < 0 || !get_numbers(given, job.numbers) || PyTuple_Size(job.literals) != count || count > VALUES_MAX)
        FALL_BACK;
    value_t found[VALUES_MAX];
    for (Py_ssize_t at = 0; at < count; at++) {
        if (!find_value(PyList_GetItem(texts, at), (uint64_t)rank, &found[at])) {
            PyErr_Clear();
            FALL_BACK;
        }
        if (clip >= 0 && found[at].size > clip)
            FALL_BACK;
    }
    return make_row(&job, found);
}

PyMethodDef entryrows_methods[] = {
    {"values_of", values_of, METH_VARARGS, "(texts, rank): the values of a row; None to ask the reference."},
    {"json_row", json_row, METH_VARARGS,
     "(head, members, literals, values, realtime, ord, seqnum, monotonic, xor hash): the row; None to ask the "
     "reference."},
    {"json_row_at", json_row_at, METH_VARARGS,
     "(head, members, literals, texts, rank, clip or -1, realtime, ord, seqnum, monotonic, xor hash): the same of a row "
     "of some columns; None to ask the reference."},
    {NULL, NULL, 0, NULL},
};
