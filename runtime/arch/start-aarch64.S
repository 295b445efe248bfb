/* Process entry without a C library; an archive member of its own, so that a program linked
   with one can have the C library's. */
#include "markers-aarch64.inc"

FUNCTION _start
        mov     x29, #0                 // the outermost frame
        mov     x30, #0
        mov     x0, sp
        bl      wanco_start
        brk     #1
END _start
