/* Where emitted code, C and signals meet: x86-64.

   A struct wanco_registers holds the registers of a frame at one of its calls, by DWARF
   number: 3 rbx, 6 rbp, 7 rsp (as after the call has returned), 12 to 15 r12 to r15,
   16 the return address; at a poll also 0 rax, 1 rdx, 2 rcx, 4 rsi, 5 rdi, 8 to 10 r8 to r10, and
   xmm0 to xmm15. */
#include "markers-x86_64.inc"

#define REGISTERS_SIZE (8 * WANCO_REGISTERS)            /* a multiple of 16 */
#define RUNTIME_STACK wanco_activation+WANCO_OFFSET_RUNTIME_STACK(%rip)
#define INNERMOST_RESUME wanco_activation+WANCO_OFFSET_INNERMOST_RESUME(%rip)

/* Stores the registers of the caller of the function that has just been entered. `at` is an
   address without its displacement's parentheses closed over: \prefix+N\suffix. */
        .macro  SAVE prefix, suffix, scratch
        mov     %rbx, \prefix+8*3\suffix
        mov     %rbp, \prefix+8*6\suffix
        mov     %r12, \prefix+8*12\suffix
        mov     %r13, \prefix+8*13\suffix
        mov     %r14, \prefix+8*14\suffix
        mov     %r15, \prefix+8*15\suffix
        lea     8(%rsp), \scratch
        mov     \scratch, \prefix+8*7\suffix
        mov     (%rsp), \scratch
        mov     \scratch, \prefix+8*16\suffix
        .endm

/* Allocates a struct wanco_registers on the runtime's stack, stores the caller's registers
   in it and goes to that stack: rax and rsp are its address. */
        .macro  TO_RUNTIME_STACK keep
        mov     RUNTIME_STACK, %rax
        sub     $REGISTERS_SIZE, %rax
        SAVE    0, (%rax), %rcx
        mov     %rsp, \keep
        mov     %rax, %rsp
        .endm

/* Moves between memory and the registers that preserve_all adds to the callee-saved ones. */
        .macro  SAVE_ALL base
        mov     %rax, 8*0(\base)
        mov     %rdx, 8*1(\base)
        mov     %rcx, 8*2(\base)
        mov     %rsi, 8*4(\base)
        mov     %rdi, 8*5(\base)
        mov     %r8, 8*8(\base)
        mov     %r9, 8*9(\base)
        mov     %r10, 8*10(\base)
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        movaps  %xmm\n, 8*WANCO_VECTOR(\n)(\base)
        .endr
        .endm
        .macro  LOAD_ALL base
        mov     8*0(\base), %rax
        mov     8*1(\base), %rdx
        mov     8*2(\base), %rcx
        mov     8*4(\base), %rsi
        mov     8*5(\base), %rdi
        mov     8*8(\base), %r8
        mov     8*9(\base), %r9
        mov     8*10(\base), %r10
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        movaps  8*WANCO_VECTOR(\n)(\base), %xmm\n
        .endr
        .endm

/* void wanco_poll_slow(void), preserve_all without AVX: all registers but r11 */
FUNCTION wanco_poll_slow
        mov     RUNTIME_STACK, %r11
        sub     $REGISTERS_SIZE, %r11
        SAVE_ALL %r11
        SAVE    0, (%r11), %rax
        mov     %rsp, %rbx
        mov     %r11, %rsp
        mov     %r11, %rdi
        call    wanco_on_poll
        LOAD_ALL %rsp
        mov     %rbx, %r11
        mov     8*3(%rsp), %rbx
        mov     %r11, %rsp
        ret
END wanco_poll_slow

/* _Noreturn void wanco_trap(uint32_t code) */
FUNCTION wanco_trap
        TO_RUNTIME_STACK %rbx
        mov     %edi, %esi
        mov     %rax, %rdi
        call    wanco_on_trap
        ud2
END wanco_trap

        .macro  ANCHORED name, target
FUNCTION \name
        SAVE    wanco_activation, (%rip), %r11
        jmp     \target
END \name
        .endm

/* Calls wanco_on_host_call() and keeps the registers that arguments of host calls are in, which
   are integers. */
FUNCTION wanco_count_host_call
        push    %rdi
        push    %rsi
        push    %rdx
        push    %rcx
        push    %r8
        push    %r9
        call    wanco_on_host_call
        pop     %r9
        pop     %r8
        pop     %rcx
        pop     %rdx
        pop     %rsi
        pop     %rdi
        ret
END wanco_count_host_call

        .macro  BLOCKING name, target
FUNCTION \name
        SAVE    wanco_activation, (%rip), %r11
        cmpl    $0, wanco_host_calls_counted(%rip)
        je      1f
        call    wanco_count_host_call   // aligns the stack to 16 bytes
1:      jmp     \target
END \name
        .endm
#include "wanco_anchored.inc"

/* void wanco_call_on_stack(void *function, void *a, void *b, void *c, uint64_t stack_top) */
FUNCTION wanco_call_on_stack
        push    %rbp
        mov     %rsp, %rbp
        push    RUNTIME_STACK
        push    %rax                    // alignment
        mov     %rsp, RUNTIME_STACK
        mov     %r8, %rsp
        mov     %rdi, %rax
        mov     %rsi, %rdi
        mov     %rdx, %rsi
        mov     %rcx, %rdx
        call    *%rax
        lea     -8(%rbp), %rsp
        pop     RUNTIME_STACK
        pop     %rbp
        ret
END wanco_call_on_stack

/* The innermost frame's resume function is called through this: from here on nothing is
   being restored any more. Arguments stay in place. */
FUNCTION wanco_resume_innermost
        mov     INNERMOST_RESUME, %rax
        movq    $0, INNERMOST_RESUME
        jmp     *%rax
END wanco_resume_innermost

/* int wanco_save_context(struct wanco_registers *): 0, and 1 each time it is resumed.
   Element 0 takes the shadow stack's pointer, 0 where there is none. */
FUNCTION wanco_save_context
        SAVE    0, (%rdi), %rax
        xor     %eax, %eax
        rdsspq  %rax
        mov     %rax, (%rdi)
        xor     %eax, %eax
        ret
END wanco_save_context

/* _Noreturn void wanco_resume_context(struct wanco_registers *). Pushes nothing: it may be
   reached from the handler of a stack overflow. */
FUNCTION wanco_resume_context
        xor     %eax, %eax
        rdsspq  %rax
        test    %rax, %rax
        jz      2f
        mov     (%rdi), %rcx            // the return address of wanco_save_context lies there:
        add     $8, %rcx                // go beyond it
        sub     %rax, %rcx
        shr     $3, %rcx
1:      mov     $255, %eax              // incssp adds at most 255 elements
        cmp     %rax, %rcx
        cmovb   %rcx, %rax
        incsspq %rax
        sub     %rax, %rcx
        jnz     1b
2:      mov     8*3(%rdi), %rbx
        mov     8*6(%rdi), %rbp
        mov     8*12(%rdi), %r12
        mov     8*13(%rdi), %r13
        mov     8*14(%rdi), %r14
        mov     8*15(%rdi), %r15
        mov     8*7(%rdi), %rsp
        mov     $1, %eax
        jmp     *8*16(%rdi)             // compilers put a landing pad after wanco_save_context
END wanco_resume_context

/* long wanco_blocking_syscall(long number, a, b, c, d, e, f): see base/base.h and stack/signals.c. */
        .globl  wanco_blocking_check, wanco_blocking_end, wanco_blocking_abort
        .hidden wanco_blocking_check, wanco_blocking_end, wanco_blocking_abort
FUNCTION wanco_blocking_syscall
        mov     %rdi, %rax
        mov     %rsi, %rdi
        mov     %rdx, %rsi
        mov     %rcx, %rdx
        mov     %r8, %r10
        mov     %r9, %r8
        mov     8(%rsp), %r9
wanco_blocking_check:
        cmpl    $0, wanco_requests(%rip)
        jne     wanco_blocking_abort
        syscall
wanco_blocking_end:
        ret
wanco_blocking_abort:
        mov     $-4, %rax               // -EINTR
        ret
END wanco_blocking_syscall

/* Where signal handlers return to. */
FUNCTION wanco_sigreturn
        mov     $15, %eax
        syscall
END wanco_sigreturn
