/* Where emitted code, C and signals meet: RISC-V 64.

   A struct wanco_registers holds the registers of a frame at one of its calls, by DWARF
   number: 1 the return address, 2 sp, 8, 9 and 18 to 27 s0 to s11, 40, 41 and 50 to 59
   fs0 to fs11; at a poll also 5, 10 to 17 and 29 to 31. */
#include "markers-riscv64.inc"

#define REGISTERS_SIZE (8 * WANCO_REGISTERS)            /* a multiple of 16 */

/* Stores the registers of the caller of the function that has just been entered. */
        .macro  SAVE base
        sd      ra, 8*1(\base)
        sd      sp, 8*2(\base)
        sd      s0, 8*8(\base)
        sd      s1, 8*9(\base)
        .irp    n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        sd      s\n, 8*(16+\n)(\base)
        .endr
        fsd     fs0, 8*40(\base)
        fsd     fs1, 8*41(\base)
        .irp    n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        fsd     fs\n, 8*(48+\n)(\base)
        .endr
        .endm

/* Allocates a struct wanco_registers on the runtime's stack, stores the caller's registers
   in it: t0 is its address. */
        .macro  SAVE_ON_RUNTIME_STACK
        lla     t0, wanco_activation
        ld      t0, WANCO_OFFSET_RUNTIME_STACK(t0)
        addi    t0, t0, -REGISTERS_SIZE
        SAVE    t0
        .endm

/* void wanco_poll_slow(void), preserve_most: x5, x10 to x17 and x29 to x31 beside the
   callee-saved registers */
FUNCTION wanco_poll_slow
        lla     t1, wanco_activation
        ld      t1, WANCO_OFFSET_RUNTIME_STACK(t1)
        addi    t1, t1, -REGISTERS_SIZE
        SAVE    t1
        .irp    n, 5, 10, 11, 12, 13, 14, 15, 16, 17, 29, 30, 31
        sd      x\n, 8*\n(t1)
        .endr
        mv      s1, sp
        mv      sp, t1
        mv      a0, t1
        call    wanco_on_poll
        mv      t1, sp
        mv      sp, s1
        .irp    n, 1, 5, 9, 10, 11, 12, 13, 14, 15, 16, 17, 29, 30, 31
        ld      x\n, 8*\n(t1)
        .endr
        ret
END wanco_poll_slow

/* _Noreturn void wanco_trap(uint32_t code) */
FUNCTION wanco_trap
        SAVE_ON_RUNTIME_STACK
        mv      sp, t0
        mv      a1, a0
        mv      a0, t0
        call    wanco_on_trap
        ebreak
END wanco_trap

        .macro  ANCHORED name, target
FUNCTION \name
        lla     t0, wanco_activation
        SAVE    t0
        tail    \target
END \name
        .endm

/* Calls wanco_on_host_call() and keeps the registers that arguments of host calls are in, which
   are integers, and ra; its own return address is in t0. */
FUNCTION wanco_count_host_call
        addi    sp, sp, -80
        sd      ra, 0(sp)
        sd      t0, 8(sp)
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7
        sd      a\n, 16+8*\n(sp)
        .endr
        call    wanco_on_host_call
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7
        ld      a\n, 16+8*\n(sp)
        .endr
        ld      ra, 0(sp)
        ld      t0, 8(sp)
        addi    sp, sp, 80
        jr      t0
END wanco_count_host_call

        .macro  BLOCKING name, target
FUNCTION \name
        lla     t0, wanco_activation
        SAVE    t0
        lla     t0, wanco_host_calls_counted
        lw      t0, 0(t0)
        beqz    t0, 1f
        call    t0, wanco_count_host_call
1:      tail    \target
END \name
        .endm
#include "wanco_anchored.inc"

/* void wanco_call_on_stack(void *function, void *a, void *b, void *c, uint64_t stack_top) */
FUNCTION wanco_call_on_stack
        addi    sp, sp, -32
        sd      ra, 24(sp)
        sd      s0, 16(sp)
        lla     t0, wanco_activation
        ld      t1, WANCO_OFFSET_RUNTIME_STACK(t0)
        sd      t1, 8(sp)
        sd      sp, WANCO_OFFSET_RUNTIME_STACK(t0)
        mv      s0, sp
        mv      sp, a4
        mv      t2, a0
        mv      a0, a1
        mv      a1, a2
        mv      a2, a3
        jalr    t2
        mv      sp, s0
        lla     t0, wanco_activation
        ld      t1, 8(sp)
        sd      t1, WANCO_OFFSET_RUNTIME_STACK(t0)
        ld      s0, 16(sp)
        ld      ra, 24(sp)
        addi    sp, sp, 32
        ret
END wanco_call_on_stack

/* The innermost frame's resume function is called through this: from here on nothing is
   being restored any more. Arguments stay in place. */
FUNCTION wanco_resume_innermost
        lla     t0, wanco_activation
        ld      t1, WANCO_OFFSET_INNERMOST_RESUME(t0)
        sd      zero, WANCO_OFFSET_INNERMOST_RESUME(t0)
        jr      t1
END wanco_resume_innermost

/* int wanco_save_context(struct wanco_registers *): 0, and 1 each time it is resumed. */
FUNCTION wanco_save_context
        SAVE    a0
        li      a0, 0
        ret
END wanco_save_context

/* _Noreturn void wanco_resume_context(struct wanco_registers *). Pushes nothing: it may be
   reached from the handler of a stack overflow. */
FUNCTION wanco_resume_context
        ld      ra, 8*1(a0)
        ld      s0, 8*8(a0)
        ld      s1, 8*9(a0)
        .irp    n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        ld      s\n, 8*(16+\n)(a0)
        .endr
        fld     fs0, 8*40(a0)
        fld     fs1, 8*41(a0)
        .irp    n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        fld     fs\n, 8*(48+\n)(a0)
        .endr
        ld      sp, 8*2(a0)
        li      a0, 1
        ret
END wanco_resume_context

/* long wanco_blocking_syscall(long number, a, b, c, d, e, f): see base/base.h and stack/signals.c. */
        .globl  wanco_blocking_check, wanco_blocking_end, wanco_blocking_abort
        .hidden wanco_blocking_check, wanco_blocking_end, wanco_blocking_abort
FUNCTION wanco_blocking_syscall
        mv      a7, a0
        mv      a0, a1
        mv      a1, a2
        mv      a2, a3
        mv      a3, a4
        mv      a4, a5
        mv      a5, a6
        lla     t0, wanco_requests
wanco_blocking_check:
        lw      t1, 0(t0)
        bnez    t1, wanco_blocking_abort
        ecall
wanco_blocking_end:
        ret
wanco_blocking_abort:
        li      a0, -4                  // -EINTR
        ret
END wanco_blocking_syscall
