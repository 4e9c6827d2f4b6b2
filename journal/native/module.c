/* The module journalhub.journal._codec: the tables of functions of the other files. */

#include "codec.h"

#ifndef CODEC_FINGERPRINT
#define CODEC_FINGERPRINT "unknown"
#endif

static PyMethodDef *const tables[] = {
    batches_methods, bulk_methods, columns_methods, cursors_methods, documents_methods,
    entryrows_methods, export_methods, finding_methods, journals_methods, mappings_methods, merging_methods,
    points_methods, printing_methods,
};

static int execute(PyObject *module)
{
    for (size_t at = 0; at < sizeof tables / sizeof tables[0]; at++)
        if (PyModule_AddFunctions(module, tables[at]) < 0)
            return -1;
    return PyModule_AddStringConstant(module, "FINGERPRINT", CODEC_FINGERPRINT);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, execute}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_codec",
    .m_doc = "Hot paths in C; see compiled.py.",
    .m_size = 0,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__codec(void)
{
    return PyModuleDef_Init(&definition);
}
