/* Attribute reads as the interpreter specialises them: a cache at each place, from (type, version) to a slot.
 *
 * Compiled code would look every attribute up by name, which costs more than all that compiling wins. A slot is read
 * directly only where the generic lookup would read the same: a T_OBJECT_EX member of a type with the generic getattr.
 * A type that changes gets another version tag, so the cache misses and asks again. */
#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>
#include <structmember.h>

typedef struct {
    PyTypeObject *type;
    unsigned int version; /* 0 is no version */
    Py_ssize_t offset;    /* 0: no slot */
} intent_place;

static __attribute__((noinline)) PyObject *intent_attr_found(PyObject *o, PyObject *name, intent_place *place) {
    PyTypeObject *type = Py_TYPE(o);
    if (type->tp_getattro == PyObject_GenericGetAttr) {
        PyObject *found = _PyType_Lookup(type, name); /* borrowed; gives the type a version */
        Py_ssize_t offset = 0;
        if (found != NULL && Py_IS_TYPE(found, &PyMemberDescr_Type) &&
            PyType_IsSubtype(type, PyDescr_TYPE(found))) {
            PyMemberDef *member = ((PyMemberDescrObject *)found)->d_member;
            offset = member->type == T_OBJECT_EX ? member->offset : 0;
        }
        place->type = type;
        place->version = type->tp_version_tag;
        place->offset = offset;
    }
    return PyObject_GetAttr(o, name);
}

static inline PyObject *intent_attr(PyObject *o, PyObject *name, intent_place *place) {
    PyTypeObject *type = Py_TYPE(o);
    if (__builtin_expect(place->type == type && place->version == type->tp_version_tag && place->version != 0, 1)) {
        PyObject *value = place->offset ? *(PyObject **)((char *)o + place->offset) : NULL;
        if (value != NULL) {
            Py_INCREF(value);
            return value;
        }
        return PyObject_GetAttr(o, name);
    }
    return intent_attr_found(o, name, place);
}

#define INTENT_ATTR(o, name) ({ static intent_place place_; intent_attr((o), (name), &place_); })
