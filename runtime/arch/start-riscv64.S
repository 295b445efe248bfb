/* Process entry without a C library; an archive member of its own, so that a program linked
   with one can have the C library's. */
#include "markers-riscv64.inc"

FUNCTION _start
        .weak   __global_pointer$
        .hidden __global_pointer$
        lla     gp, __global_pointer$   // only relaxed objects use it
        li      s0, 0                   // the outermost frame
        mv      a0, sp
        andi    sp, sp, -16
        call    wanco_start
        ebreak
END _start
