/* Rows of several blocks in the order of time: store/embedded/merging.py says what for, and scan.py is the reference. */

#include "codec.h"

/* Rows of a block that are yet to come, in the order of time: row of time i is rows[i], or i where there are none. */
struct lane {
    uint64_t base, begin, end;
    const uint64_t *realtime, *ords, *rows;
    uint64_t count, listed;
    /* Of the row that comes next. */
    uint64_t row, time, ord;
};

/* Look at the next row of a lane: 1 there is one, 0 none, -1 what was given does not fit together. */
static int look(struct lane *lane, int rising)
{
    if (lane->begin >= lane->end)
        return 0;
    uint64_t at = rising ? lane->begin : lane->end - 1;
    if (at >= lane->listed)
        return -1;
    lane->row = lane->rows == NULL ? at : lane->rows[at];
    if (lane->row >= lane->count)
        return -1;
    lane->time = lane->realtime[lane->row];
    lane->ord = lane->ords[lane->row];
    return 1;
}

static int stands_before(const struct lane *one, const struct lane *other, int rising)
{
    if (one->time != other->time)
        return (one->time < other->time) == rising;
    return (one->ord < other->ord) == rising;
}

static void sift(struct lane **heap, size_t count, size_t at, int rising)
{
    for (;;) {
        size_t first = at, left = 2 * at + 1;
        if (left < count && stands_before(heap[left], heap[first], rising))
            first = left;
        if (left + 1 < count && stands_before(heap[left + 1], heap[first], rising))
            first = left + 1;
        if (first == at)
            return;
        struct lane *lower = heap[at];
        heap[at] = heap[first];
        heap[first] = lower;
        at = first;
    }
}

static int get_lane(PyObject *given, struct lane *lane)
{
    unsigned long long base;
    PyObject *columns[3];
    if (!PyTuple_Check(given) || !PyArg_ParseTuple(given, "KSSO", &base, &columns[0], &columns[1], &columns[2]))
        return 0;
    lane->base = base;
    lane->count = lane->listed = (uint64_t)PyBytes_Size(columns[0]) / 8;
    if ((uint64_t)PyBytes_Size(columns[1]) / 8 != lane->count)
        return 0;
    lane->realtime = (const uint64_t *)(const void *)PyBytes_AsString(columns[0]);
    lane->ords = (const uint64_t *)(const void *)PyBytes_AsString(columns[1]);
    lane->rows = NULL;
    if (columns[2] == Py_None)
        return 1;
    if (!PyBytes_Check(columns[2]))
        return 0;
    lane->rows = (const uint64_t *)(const void *)PyBytes_AsString(columns[2]);
    lane->listed = (uint64_t)PyBytes_Size(columns[2]) / 8;
    return 1;
}

/* What is merged so far. */
struct merged {
    uint64_t *places;
    Py_ssize_t count, room;
    /* Whether rows of one time follow each other, whether a lane has come to its end, whether there is no memory. */
    int tied, over, full;
};

static int add(struct merged *merged, uint64_t place)
{
    if (merged->count == merged->room) {
        Py_ssize_t room = 2 * merged->room + 64;
        uint64_t *places = PyMem_Realloc(merged->places, (size_t)room * sizeof *places);
        if (places == NULL) {
            merged->full = 1;
            return 0;
        }
        merged->places = places;
        merged->room = room;
    }
    merged->places[merged->count++] = place;
    return 1;
}

/* Take rows until `edge`, of which no row is taken, or until there are `most`. */
static int take(struct merged *merged, struct lane **heap, size_t count, int rising, int64_t edge, Py_ssize_t most)
{
    uint64_t before = 0;
    for (size_t at = count / 2; at-- > 0;)
        sift(heap, count, at, rising);
    while (count) {
        struct lane *lane = heap[0];
        merged->tied |= merged->count > 0 && lane->time == before;
        if (merged->count >= most || (rising ? edge >= 0 && lane->time >= (uint64_t)edge
                                             : edge >= 0 && lane->time <= (uint64_t)edge))
            return 1;
        if (!add(merged, lane->base + lane->row))
            return 0;
        before = lane->time;
        if (rising)
            lane->begin++;
        else
            lane->end--;
        int next = look(lane, rising);
        if (next < 0)
            return 0;
        if (!next) {
            merged->over = 1;
            heap[0] = heap[--count];
        }
        sift(heap, count, 0, rising);
    }
    return 1;
}

static int merge_lanes(PyObject *given, uint64_t *begins, uint64_t *ends, size_t count, int rising, int64_t edge,
                       Py_ssize_t most, struct merged *merged)
{
    struct lane *lanes = PyMem_Calloc(count + 1, sizeof *lanes);
    struct lane **heap = PyMem_Calloc(count + 1, sizeof *heap);
    size_t waiting = 0;
    int good = lanes != NULL && heap != NULL;
    merged->full = !good;
    for (size_t at = 0; good && at < count; at++) {
        good = get_lane(PyList_GetItem(given, (Py_ssize_t)at), &lanes[at]);
        if (!good)
            break;
        lanes[at].begin = begins[at];
        lanes[at].end = ends[at];
        int next = look(&lanes[at], rising);
        if (next < 0)
            good = 0;
        else if (next)
            heap[waiting++] = &lanes[at];
    }
    good = good && take(merged, heap, waiting, rising, edge, most);
    for (size_t at = 0; good && at < count; at++) {
        begins[at] = lanes[at].begin;
        ends[at] = lanes[at].end;
    }
    PyMem_Free(lanes);
    PyMem_Free(heap);
    return good;
}

static PyObject *merge(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *lanes;
    Py_buffer begins, ends;
    int rising;
    long long edge;
    Py_ssize_t most;
    if (!PyArg_ParseTuple(arguments, "O!w*w*pLn", &PyList_Type, &lanes, &begins, &ends, &rising, &edge, &most))
        return NULL;
    struct merged merged = {0};
    Py_ssize_t count = PyList_Size(lanes);
    int good = begins.len == 8 * count && ends.len == 8 * count &&
               merge_lanes(lanes, begins.buf, ends.buf, (size_t)count, rising, edge, most, &merged);
    PyBuffer_Release(&begins);
    PyBuffer_Release(&ends);
    PyObject *made = good ? Py_BuildValue("y#ii", merged.places ? (char *)merged.places : "", 8 * merged.count,
                                          merged.tied, merged.over)
                          : NULL;
    PyMem_Free(merged.places);
    if (good)
        return made;
    if (merged.full)
        return PyErr_NoMemory();
    PyErr_Clear();
    FALL_BACK;
}

PyMethodDef merging_methods[] = {
    {"merge", merge, METH_VARARGS,
     "(lanes, begins, ends, rising, edge or -1, most): places, whether times repeat, whether a lane is at its end."},
    {NULL, NULL, 0, NULL},
};
