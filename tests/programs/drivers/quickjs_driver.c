/* QuickJS with the standard objects and print(): runs the script given as argument. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quickjs.h"

static JSValue print(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  (void)self;
  for (int i = 0; i < argc; i++) {
    const char *text = JS_ToCString(context, argv[i]);
    if (!text) return JS_EXCEPTION;
    printf("%s%s", i ? " " : "", text);
    JS_FreeCString(context, text);
  }
  putchar('\n');
  return JS_UNDEFINED;
}

static char *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  char *text = NULL;
  size_t room = 0, got = 0, length;
  do {
    room += 4096;
    text = realloc(text, room + 1);
    length = fread(text + got, 1, room - got, file);
    got += length;
  } while (got == room);
  fclose(file);
  text[got] = 0;
  *size = got;
  return text;
}

static void show_exception(JSContext *context) {
  JSValue exception = JS_GetException(context);
  const char *text = JS_ToCString(context, exception);
  printf("exception: %s\n", text ? text : "?");
  JS_FreeCString(context, text);
  JS_FreeValue(context, exception);
}

int main(int argc, char **argv) {
  size_t size;
  char *source = argc > 1 ? read_file(argv[1], &size) : NULL;
  if (!source) return 2;
  JSRuntime *runtime = JS_NewRuntime();
  JSContext *context = JS_NewContext(runtime);
  JSValue global = JS_GetGlobalObject(context);
  JS_SetPropertyStr(context, global, "print", JS_NewCFunction(context, print, "print", 1));
  JS_FreeValue(context, global);

  JSValue result = JS_Eval(context, source, size, argv[1], JS_EVAL_TYPE_GLOBAL);
  int status = JS_IsException(result);
  if (status) show_exception(context);
  JS_FreeValue(context, result);
  JSContext *other;
  int jobs;
  while ((jobs = JS_ExecutePendingJob(runtime, &other)) != 0)
    if (jobs < 0) show_exception(other);
  JS_FreeContext(context);
  JS_FreeRuntime(runtime);
  free(source);
  return status;
}
