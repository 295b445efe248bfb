/* Lua without setjmp, which WebAssembly has only with exception handling: an error ends the program. */
#pragma once
#include <stdio.h>
#include <stdlib.h>

#define _SETJMP_H /* the header refuses to be included without exception handling */
#define luai_jmpbuf int
#define LUAI_TRY(L, c, a) { a }
#define LUAI_THROW(L, c) (fprintf(stderr, "lua: error %d\n", (c)->status), exit(70))
#define luai_makeseed(L) 0x5eed
