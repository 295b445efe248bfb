/* Process entry and the safepoint stub of the checker, for all three instruction sets.

   check_poll, check_values: hands the caller's callee-saved registers, stack pointer and
   return address to check_walk() as a struct wanco_registers, and returns its own first
   argument.
   check_end: the same, with check_end_walk(), which does not return. */
#include "arch/arch.h"

#define FRAME ((8 * WANCO_REGISTERS + 8 + 15) / 16 * 16)
#define ARGUMENT (8 * WANCO_REGISTERS)

        .macro  function name
        .globl  \name
        .type   \name, %function
\name:
        .endm

#if defined(__x86_64__)
        .macro  stub name, to
        function \name
        sub     $FRAME+8, %rsp
        mov     %rbx, 8*3(%rsp)
        mov     %rbp, 8*6(%rsp)
        mov     %r12, 8*12(%rsp)
        mov     %r13, 8*13(%rsp)
        mov     %r14, 8*14(%rsp)
        mov     %r15, 8*15(%rsp)
        lea     FRAME+16(%rsp), %rax
        mov     %rax, 8*WANCO_DWARF_SP(%rsp)
        mov     FRAME+8(%rsp), %rax
        mov     %rax, 8*WANCO_DWARF_RA(%rsp)
        mov     %rdi, ARGUMENT(%rsp)
        mov     %rsp, %rdi
        call    \to
        mov     ARGUMENT(%rsp), %rax
        add     $FRAME+8, %rsp
        ret
        .endm

        .text
        function _start
        and     $-16, %rsp
        call    check_main
        ud2

#elif defined(__aarch64__)
        .macro  stub name, to
        function \name
        sub     sp, sp, #FRAME
        stp     x19, x20, [sp, #8*19]
        stp     x21, x22, [sp, #8*21]
        stp     x23, x24, [sp, #8*23]
        stp     x25, x26, [sp, #8*25]
        stp     x27, x28, [sp, #8*27]
        stp     x29, x30, [sp, #8*29]
        .irp    n, 8, 9, 10, 11, 12, 13, 14, 15
        str     d\n, [sp, #8*WANCO_VECTOR(\n)]
        .endr
        add     x9, sp, #FRAME
        str     x9, [sp, #8*WANCO_DWARF_SP]
        add     x9, sp, #ARGUMENT
        str     x0, [x9]
        mov     x0, sp
        bl      \to
        add     x9, sp, #ARGUMENT
        ldr     x0, [x9]
        ldr     x30, [sp, #8*30]
        add     sp, sp, #FRAME
        ret
        .endm

        .text
        function _start
        bl      check_main
        brk     #1

#else
        .option norelax
        .macro  stub name, to
        function \name
        addi    sp, sp, -FRAME
        sd      ra, 8*1(sp)
        sd      s0, 8*8(sp)
        sd      s1, 8*9(sp)
        .irp    n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        sd      s\n, 8*(16+\n)(sp)
        .endr
        fsd     fs0, 8*40(sp)
        fsd     fs1, 8*41(sp)
        .irp    n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        fsd     fs\n, 8*(48+\n)(sp)
        .endr
        addi    t0, sp, FRAME
        sd      t0, 8*WANCO_DWARF_SP(sp)
        sd      a0, ARGUMENT(sp)
        mv      a0, sp
        call    \to
        ld      a0, ARGUMENT(sp)
        ld      ra, 8(sp)
        addi    sp, sp, FRAME
        ret
        .endm

        .text
        function _start
        andi    sp, sp, -16
        call    check_main
        ebreak
#endif

        stub    check_poll, check_walk
        .globl  check_values
        .set    check_values, check_poll
        stub    check_end, check_end_walk

        .section .note.GNU-stack,"",%progbits
