/* The compiled codec: what its files share.
 *
 * Every function here does in C what a function in Python does, its reference, for the inputs that are common and well
 * formed. For all others it returns None without having changed anything, and the caller asks the reference: what
 * malformed input means, and which error it is, is decided in one place.
 *
 * Input may come from anybody. Rules: lengths are compared with what is left, never added to a pointer first; no
 * recursion; only the stable ABI, no macros that trust a type; every object that is got from Python is checked.
 */

#ifndef JOURNALHUB_CODEC_H
#define JOURNALHUB_CODEC_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <stdint.h>
#include <string.h>

#define FALL_BACK return Py_NewRef(Py_None)

/* batches.c */
extern PyMethodDef batches_methods[];

/* columns.c */
extern PyMethodDef columns_methods[];

/* cursors.c */
extern PyMethodDef cursors_methods[];

/* documents.c */
extern PyMethodDef documents_methods[];

/* entryrows.c */
extern PyMethodDef entryrows_methods[];

/* exportreader.c */
extern PyMethodDef export_methods[];

/* bulk.c */
extern PyMethodDef bulk_methods[];

/* finding.c */
extern PyMethodDef finding_methods[];

/* points.c */
extern PyMethodDef points_methods[];

/* printing.c */
extern PyMethodDef printing_methods[];

/* journals.c */
extern PyMethodDef journals_methods[];

/* mappings.c */
extern PyMethodDef mappings_methods[];

/* merging.c */
extern PyMethodDef merging_methods[];

/* Writes a number, at most 20 digits, and returns where it ends. */
char *put_decimal(char *to, uint64_t number);

/* The same in hexadecimal, at most 16 digits. */
char *put_hex(char *to, uint64_t number);

/* What `pack` wrote at `*at` of `raw`; `*at` becomes its end. False where it ends early, or a sum exceeds 64 bits. */
int get_plain(const unsigned char *raw, Py_ssize_t size, Py_ssize_t *at, Py_ssize_t count, uint64_t *to);

/* Bounds out of lengths, which stand in bounds[1..count]. False where the texts, from `at` on, end early. */
int add_up(uint64_t *bounds, Py_ssize_t count, Py_ssize_t at, Py_ssize_t size);

#endif
