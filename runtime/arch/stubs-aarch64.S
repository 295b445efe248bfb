/* Where emitted code, C and signals meet: AArch64.

   A struct wanco_registers holds the registers of a frame at one of its calls, by DWARF
   number: 19 to 29 x19 to x29, 30 the return address, 31 sp, and d8 to d15; at a
   poll also 9 to 15 x9 to x15, and v8 to v31.
   Return addresses that are returned to are signed while they lie in memory (hint #25 is
   paciasp, #29 autiasp); those noted for the stack walk are not. */
#include "markers-aarch64.inc"

#define REGISTERS_SIZE (8 * WANCO_REGISTERS)            /* a multiple of 16 */

/* Stores the registers of the caller of the function that has just been entered. */
        .macro  SAVE base, scratch
        stp     x19, x20, [\base, #8*19]
        stp     x21, x22, [\base, #8*21]
        stp     x23, x24, [\base, #8*23]
        stp     x25, x26, [\base, #8*25]
        stp     x27, x28, [\base, #8*27]
        stp     x29, x30, [\base, #8*29]
        mov     \scratch, sp
        str     \scratch, [\base, #8*31]
        str     d8, [\base, #8*WANCO_VECTOR(8)]
        str     d9, [\base, #8*WANCO_VECTOR(9)]
        str     d10, [\base, #8*WANCO_VECTOR(10)]
        str     d11, [\base, #8*WANCO_VECTOR(11)]
        str     d12, [\base, #8*WANCO_VECTOR(12)]
        str     d13, [\base, #8*WANCO_VECTOR(13)]
        str     d14, [\base, #8*WANCO_VECTOR(14)]
        str     d15, [\base, #8*WANCO_VECTOR(15)]
        .endm

        .macro  ACTIVATION register
        adrp    \register, wanco_activation
        add     \register, \register, :lo12:wanco_activation
        .endm

/* Allocates a struct wanco_registers on the runtime's stack, stores the caller's registers
   in it and goes to that stack: x9 is its address, x19 the stack pointer before. */
        .macro  TO_RUNTIME_STACK
        ACTIVATION x9
        ldr     x9, [x9, #WANCO_OFFSET_RUNTIME_STACK]
        sub     x9, x9, #REGISTERS_SIZE
        SAVE    x9, x10
        mov     x19, x10
        .endm

/* Moves between memory and the vectors that preserve_all adds: `move` is str or ldr. */
        .macro  VECTORS move, base
        .irp    n, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        \move    q\n, [\base, #8*WANCO_VECTOR(\n)]
        .endr
        .endm

/* void wanco_poll_slow(void), preserve_all: x9 to x15 and q8 to q31 beside the callee-saved registers */
FUNCTION wanco_poll_slow
        ACTIVATION x16
        ldr     x16, [x16, #WANCO_OFFSET_RUNTIME_STACK]
        sub     x16, x16, #REGISTERS_SIZE
        stp     x9, x10, [x16, #8*9]
        stp     x11, x12, [x16, #8*11]
        stp     x13, x14, [x16, #8*13]
        str     x15, [x16, #8*15]
        VECTORS str, x16
        SAVE    x16, x17
        mov     x19, x17
        hint    #25
        mov     x20, x30
        mov     sp, x16
        mov     x0, x16
        bl      wanco_on_poll
        mov     x16, sp
        mov     sp, x19
        mov     x30, x20
        ldp     x9, x10, [x16, #8*9]
        ldp     x11, x12, [x16, #8*11]
        ldp     x13, x14, [x16, #8*13]
        ldr     x15, [x16, #8*15]
        VECTORS ldr, x16
        ldp     x19, x20, [x16, #8*19]
        hint    #29
        ret
END wanco_poll_slow

/* _Noreturn void wanco_trap(uint32_t code) */
FUNCTION wanco_trap
        TO_RUNTIME_STACK
        mov     sp, x9
        mov     w1, w0
        mov     x0, x9
        bl      wanco_on_trap
        brk     #1
END wanco_trap

        .macro  ANCHORED name, target
FUNCTION \name
        ACTIVATION x16
        SAVE    x16, x17
        b       \target
END \name
        .endm

/* Calls wanco_on_host_call() and keeps the registers that arguments of host calls are in, which
   are integers. */
FUNCTION wanco_count_host_call
        hint    #25
        stp     x29, x30, [sp, #-80]!
        stp     x0, x1, [sp, #16]
        stp     x2, x3, [sp, #32]
        stp     x4, x5, [sp, #48]
        stp     x6, x7, [sp, #64]
        bl      wanco_on_host_call
        ldp     x0, x1, [sp, #16]
        ldp     x2, x3, [sp, #32]
        ldp     x4, x5, [sp, #48]
        ldp     x6, x7, [sp, #64]
        ldp     x29, x30, [sp], #80
        hint    #29
        ret
END wanco_count_host_call

        .macro  BLOCKING name, target
FUNCTION \name
        ACTIVATION x16
        SAVE    x16, x17
        adrp    x16, wanco_host_calls_counted
        ldr     w16, [x16, :lo12:wanco_host_calls_counted]
        cbz     w16, 1f
        hint    #25
        stp     x29, x30, [sp, #-16]!
        bl      wanco_count_host_call
        ldp     x29, x30, [sp], #16
        hint    #29
1:      b       \target
END \name
        .endm
#include "wanco_anchored.inc"

/* void wanco_call_on_stack(void *function, void *a, void *b, void *c, uint64_t stack_top) */
FUNCTION wanco_call_on_stack
        hint    #25
        stp     x29, x30, [sp, #-32]!
        ACTIVATION x10
        ldr     x11, [x10, #WANCO_OFFSET_RUNTIME_STACK]
        str     x11, [sp, #16]
        mov     x29, sp
        str     x29, [x10, #WANCO_OFFSET_RUNTIME_STACK]
        mov     sp, x4
        mov     x9, x0
        mov     x0, x1
        mov     x1, x2
        mov     x2, x3
        blr     x9
        mov     sp, x29
        ACTIVATION x10
        ldr     x11, [sp, #16]
        str     x11, [x10, #WANCO_OFFSET_RUNTIME_STACK]
        ldp     x29, x30, [sp], #32
        hint    #29
        ret
END wanco_call_on_stack

/* The innermost frame's resume function is called through this: from here on nothing is
   being restored any more. Arguments stay in place. */
FUNCTION wanco_resume_innermost
        ACTIVATION x17
        ldr     x16, [x17, #WANCO_OFFSET_INNERMOST_RESUME]
        str     xzr, [x17, #WANCO_OFFSET_INNERMOST_RESUME]
        br      x16
END wanco_resume_innermost

/* int wanco_save_context(struct wanco_registers *): 0, and 1 each time it is resumed. */
FUNCTION wanco_save_context
        SAVE    x0, x9
        mov     w0, #0
        ret
END wanco_save_context

/* _Noreturn void wanco_resume_context(struct wanco_registers *). Pushes nothing: it may be
   reached from the handler of a stack overflow. */
FUNCTION wanco_resume_context
        ldp     x19, x20, [x0, #8*19]
        ldp     x21, x22, [x0, #8*21]
        ldp     x23, x24, [x0, #8*23]
        ldp     x25, x26, [x0, #8*25]
        ldp     x27, x28, [x0, #8*27]
        ldp     x29, x30, [x0, #8*29]
        ldr     d8, [x0, #8*WANCO_VECTOR(8)]
        ldr     d9, [x0, #8*WANCO_VECTOR(9)]
        ldr     d10, [x0, #8*WANCO_VECTOR(10)]
        ldr     d11, [x0, #8*WANCO_VECTOR(11)]
        ldr     d12, [x0, #8*WANCO_VECTOR(12)]
        ldr     d13, [x0, #8*WANCO_VECTOR(13)]
        ldr     d14, [x0, #8*WANCO_VECTOR(14)]
        ldr     d15, [x0, #8*WANCO_VECTOR(15)]
        ldr     x9, [x0, #8*31]
        mov     sp, x9
        mov     w0, #1
        ret
END wanco_resume_context

/* long wanco_blocking_syscall(long number, a, b, c, d, e, f): see base/base.h and stack/signals.c. */
        .globl  wanco_blocking_check, wanco_blocking_end, wanco_blocking_abort
        .hidden wanco_blocking_check, wanco_blocking_end, wanco_blocking_abort
FUNCTION wanco_blocking_syscall
        mov     x8, x0
        mov     x0, x1
        mov     x1, x2
        mov     x2, x3
        mov     x3, x4
        mov     x4, x5
        mov     x5, x6
        adrp    x9, wanco_requests
        add     x9, x9, :lo12:wanco_requests
wanco_blocking_check:
        ldr     w10, [x9]
        cbnz    w10, wanco_blocking_abort
        svc     #0
wanco_blocking_end:
        ret
wanco_blocking_abort:
        mov     x0, #-4                 // -EINTR
        ret
END wanco_blocking_syscall
