/* A bytecode interpreter: one big switch in a loop, a stack in memory. The program that it
   runs is a prime sieve, Collatz sequences and recursive Fibonacci numbers. Argument:
   repetitions. */
#include "common.h"
#include <string.h>

/* Operations, and how many operands follow each in the code. */
#define OPERATIONS(X) \
  X(push, 1) X(pop, 0) X(dup, 0) X(swap, 0) X(over, 0) X(load, 0) X(store, 0) X(get, 1) X(set, 1) X(add, 0) X(sub, 0) X(mul, 0) \
  X(div, 0) X(mod, 0) X(and, 0) X(or, 0) X(xor, 0) X(shl, 0) X(shr, 0) X(not, 0) X(neg, 0) X(inc, 0) X(dec, 0) X(eq, 0) X(ne, 0) \
  X(lt, 0) X(le, 0) X(gt, 0) X(ge, 0) X(jump, 1) X(jump_if, 1) X(jump_unless, 1) X(call, 2) X(ret, 1) X(enter, 1) X(print, 0) \
  X(halt, 0)

#define ENUMERATOR(name, operands) op_##name,
#define NAME(name, operands) #name,
#define OPERANDS(name, operands) operands,

enum operation { OPERATIONS(ENUMERATOR) operation_count };
static const char *const names[] = {OPERATIONS(NAME)};
static const int operands[] = {OPERATIONS(OPERANDS)};

/* "name:" is a label. call LABEL ARGUMENTS; ret ARGUMENTS; enter VARIABLES. A frame is the
   arguments, the return address, the caller's frame, the rest; get and set count from the
   first argument. The main program's frame begins with its variables. */
static const char source[] =
    "enter 3 "
    "push 2 set 0 "
    "clear: push 0 get 0 store get 0 inc dup set 0 push 8000 lt jump_if clear "
    "push 2 set 0 push 0 set 2 "
    "candidate: get 0 load jump_if next_candidate "
    "get 2 inc set 2 get 0 dup mul set 1 jump marked "
    "mark: push 1 get 1 store get 1 get 0 add set 1 "
    "marked: get 1 push 8000 lt jump_if mark "
    "next_candidate: get 0 inc dup set 0 push 8000 lt jump_if candidate "
    "get 2 print "
    "push 1 set 0 "
    "start: get 0 set 1 push 0 set 2 "
    "step: get 1 push 1 le jump_if ended "
    "get 2 inc set 2 get 1 push 1 and jump_if odd "
    "get 1 push 1 shr set 1 jump step "
    "odd: get 1 push 3 mul inc set 1 jump step "
    "ended: get 2 print get 0 inc dup set 0 push 300 le jump_if start "
    "push 17 call fibonacci 1 print halt "
    "fibonacci: get 0 push 2 lt jump_unless recurse get 0 ret 1 "
    "recurse: get 0 dec call fibonacci 1 get 0 push 2 sub call fibonacci 1 add ret 1 ";

enum { STACK = 4096, MEMORY = 1 << 16, CODE = 512, LABELS = 32, WORD = 32 };

static int32_t code[CODE], memory[MEMORY];
static struct label {
  char name[WORD];
  int at;
} labels[LABELS];
static int label_count;

static const char *read_word(const char *text, char word[WORD]) {
  int n = 0;
  while (*text == ' ')
    text++;
  while (*text && *text != ' ' && n < WORD - 1)
    word[n++] = *text++;
  word[n] = 0;
  return text;
}

static int32_t operand(const char *word) {
  for (int i = 0; i < label_count; i++)
    if (strcmp(labels[i].name, word) == 0)
      return labels[i].at;
  return atoi(word);
}

/* Two passes: the first finds the labels. */
static void assemble(void) {
  for (int pass = 0; pass < 2; pass++) {
    int at = 0, wanted = 0;
    char word[WORD];
    for (const char *text = read_word(source, word); *word; text = read_word(text, word)) {
      size_t length = strlen(word);
      if (wanted > 0) {
        code[at++] = operand(word);
        wanted--;
      } else if (word[length - 1] == ':') {
        word[length - 1] = 0;
        if (pass == 0) {
          strcpy(labels[label_count].name, word);
          labels[label_count++].at = at;
        }
      } else {
        int op = 0;
        while (op < operation_count && strcmp(names[op], word) != 0)
          op++;
        if (op == operation_count)
          abort();
        code[at++] = op;
        wanted = operands[op];
      }
    }
  }
}

#define BINARY(expression) \
  { \
    uint32_t b = (uint32_t)*--sp, a = (uint32_t)sp[-1]; \
    (void)a, (void)b; \
    sp[-1] = (int32_t)(expression); \
    break; \
  }

static uint32_t run(void) {
  static int32_t stack[STACK];
  int32_t *sp = stack, *frame = stack;
  const int32_t *pc = code;
  uint32_t checksum = MIX_START;
  for (;;) {
    int32_t top;
    switch (*pc++) {
    case op_push: *sp++ = *pc++; break;
    case op_pop: sp--; break;
    case op_dup: *sp = sp[-1]; sp++; break;
    case op_swap: top = sp[-1]; sp[-1] = sp[-2]; sp[-2] = top; break;
    case op_over: *sp = sp[-2]; sp++; break;
    case op_load: sp[-1] = memory[sp[-1] & (MEMORY - 1)]; break;
    case op_store: sp -= 2; memory[sp[1] & (MEMORY - 1)] = sp[0]; break;
    case op_get: *sp++ = frame[*pc++]; break;
    case op_set: frame[*pc++] = *--sp; break;
    case op_add: BINARY(a + b)
    case op_sub: BINARY(a - b)
    case op_mul: BINARY(a * b)
    case op_div: BINARY(a / b)
    case op_mod: BINARY(a % b)
    case op_and: BINARY(a & b)
    case op_or: BINARY(a | b)
    case op_xor: BINARY(a ^ b)
    case op_shl: BINARY(a << (b & 31))
    case op_shr: BINARY(a >> (b & 31))
    case op_eq: BINARY(a == b)
    case op_ne: BINARY(a != b)
    case op_lt: BINARY((int32_t)a < (int32_t)b)
    case op_le: BINARY((int32_t)a <= (int32_t)b)
    case op_gt: BINARY((int32_t)a > (int32_t)b)
    case op_ge: BINARY((int32_t)a >= (int32_t)b)
    case op_not: sp[-1] = ~sp[-1]; break;
    case op_neg: sp[-1] = (int32_t)-(uint32_t)sp[-1]; break;
    case op_inc: sp[-1] = (int32_t)((uint32_t)sp[-1] + 1); break;
    case op_dec: sp[-1] = (int32_t)((uint32_t)sp[-1] - 1); break;
    case op_jump: pc = code + *pc; break;
    case op_jump_if: pc = *--sp ? code + *pc : pc + 1; break;
    case op_jump_unless: pc = *--sp ? pc + 1 : code + *pc; break;
    case op_call:
      sp[0] = (int32_t)(pc + 2 - code);
      sp[1] = (int32_t)(frame - stack);
      frame = sp - pc[1];
      sp += 2;
      pc = code + pc[0];
      break;
    case op_ret:
      top = sp[-1];
      sp = frame;
      frame += *pc;
      pc = code + frame[0];
      frame = stack + frame[1];
      *sp++ = top;
      break;
    case op_enter:
      for (int i = *pc++; i > 0; i--)
        *sp++ = 0;
      break;
    case op_print: checksum = mix(checksum, (uint32_t)*--sp); break;
    case op_halt: return checksum;
    default: abort();
    }
  }
}

int main(int argc, char **argv) {
  int repetitions = argument(argc, argv, 1);
  uint32_t hash = MIX_START;
  assemble();
  for (int i = 0; i < repetitions; i++)
    hash = mix(hash, run());
  printf("%08x\n", hash);
  return 0;
}
