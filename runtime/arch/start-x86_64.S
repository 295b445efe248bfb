/* Process entry without a C library; an archive member of its own, so that a program linked
   with one can have the C library's. */
#include "markers-x86_64.inc"

FUNCTION _start
        xor     %ebp, %ebp              // the outermost frame
        mov     %rsp, %rdi
        and     $-16, %rsp
        call    wanco_start
        ud2
END _start
