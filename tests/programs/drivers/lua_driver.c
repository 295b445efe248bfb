/* Lua, its core libraries but os: runs the script given as argument. */
#include <stdio.h>

#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

/* Asked for by liolib; WASI has no place for such files. */
FILE *tmpfile(void) { return NULL; }

int main(int argc, char **argv) {
  static const luaL_Reg libraries[] = {
      {LUA_GNAME, luaopen_base}, {LUA_TABLIBNAME, luaopen_table}, {LUA_IOLIBNAME, luaopen_io},
      {LUA_STRLIBNAME, luaopen_string}, {LUA_MATHLIBNAME, luaopen_math}, {LUA_UTF8LIBNAME, luaopen_utf8},
  };
  lua_State *L = luaL_newstate();
  if (!L || argc < 2) return 2;
  for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
    luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
    lua_pop(L, 1);
  }
  if (luaL_dofile(L, argv[1])) {
    printf("%s\n", lua_tostring(L, -1));
    return 1;
  }
  lua_close(L);
  return 0;
}
